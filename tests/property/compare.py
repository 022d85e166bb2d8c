"""Rows of the reference beside rows of the warehouse."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.reference.metrics import half_up

TOLERANCE = 1e-9


def same_value(expected: Any, actual: Any) -> bool:
    """Whether the warehouse's value is the reference's.

    Money and counts exactly; a ratio that the warehouse keeps as money to its four decimals, half
    away from zero; other ratios to a billionth. A reference's time carries an offset, the
    warehouse's is UTC without one.
    """
    if expected is None or actual is None:
        return expected is actual
    if isinstance(expected, datetime):
        return bool(expected.astimezone(UTC).replace(tzinfo=None) == actual)
    if isinstance(expected, Fraction) and isinstance(actual, Decimal):
        rounded = half_up(abs(expected))
        return bool(actual == (rounded if expected > 0 else -rounded))
    if isinstance(expected, Fraction | float):
        close = {"rel_tol": TOLERANCE, "abs_tol": TOLERANCE}
        return isinstance(actual, float | int) and math.isclose(expected, actual, **close)
    return type(actual) is not float and bool(expected == actual)


def differences(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], key: Iterable[str]
) -> list[str]:
    """What differs, one line each, in the columns that the reference has; rows meet by `key`."""
    names = tuple(key)
    ours = _by_key(expected, names)
    theirs = _by_key(actual, names)
    found = [
        f"missing {dict(zip(names, missing, strict=True))}" for missing in ours.keys() - theirs
    ]
    found += [f"extra {dict(zip(names, extra, strict=True))}" for extra in theirs.keys() - ours]
    counted = {
        side: Counter(tuple(row[n] for n in names) for row in side_rows)
        for side, side_rows in (("reference", expected), ("warehouse", actual))
    }
    found += [
        f"{side} has {count} rows of {again}"
        for side, counts in counted.items()
        for again, count in counts.items()
        if count > 1
    ]
    for at in ours.keys() & theirs.keys():
        for column, value in ours[at].items():
            if column not in theirs[at]:
                found.append(f"no column {column}")
            elif not same_value(value, theirs[at][column]):
                found.append(f"{at} {column}: {value!r} expected, {theirs[at][column]!r} found")
    return sorted(found)


def _by_key(
    rows: Sequence[Mapping[str, Any]], key: tuple[str, ...]
) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """The rows by their key."""
    return {tuple(row[name] for name in key): row for row in rows}
