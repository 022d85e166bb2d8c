"""The warehouse and the plain-Python reference read random shops alike, row by row."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from tests.reference.histories import History
from tests.reference.metrics import MARTS
from tests.reference.raw_rules import TABLES, RawRow, Reading, read_text
from tests.replay.harness import Replay

from .compare import differences
from .shops import examples, mart_differences, reading, replay, shops

SOAK = 300


def check(history: History) -> None:
    """Fail with every difference between warehouse and reference, and every failing data test."""
    expected, built = reading(history), replay(history)
    found = {
        "quality.row_balance": balance_differences(expected, built),
        "quality.rejected_rows": rejection_differences(history, expected, built),
    }
    found["data tests"] = [f"{name}: {rows} rows" for name, rows in built.failing_tests().items()]
    found |= mart_differences(history, built, MARTS)
    assert {mart: lines for mart, lines in found.items() if lines} == {}


def balance_differences(expected: Reading, built: Replay) -> list[str]:
    """Where quality.row_balance counts other rows than the reference."""
    rows = [{"raw_table": table, **counts} for table, counts in expected.balance().items()]
    return differences(rows, built.rows("quality.row_balance"), ["raw_table"])


def rejection_differences(history: History, expected: Reading, built: Replay) -> list[str]:
    """Where quality.rejected_rows holds other rows, reasons or keys than the reference."""
    raw = {
        (table, row["_file"], row["_row"]): row
        for table, rows in history.raw.items()
        for row in rows
    }
    rows = [
        {
            "raw_table": verdict.table,
            "file": verdict.file,
            "file_row": verdict.row,
            "reason": verdict.reason,
            "row_key": row_key(verdict.table, raw[verdict.table, verdict.file, verdict.row]),
        }
        for verdict in expected.verdicts
        if verdict.status == "rejected"
    ]
    return differences(rows, built.rows("quality.rejected_rows"), ["raw_table", "file", "file_row"])


def row_key(table: str, raw: RawRow) -> str | None:
    """The key columns' text with bars between; None for a line without columns."""
    if "_bad_line" in raw:
        return None
    return "|".join(read_text(raw.get(name)) or "" for name in TABLES[table].key)


@given(shops())
@examples(25)
def test_a_clean_shop_is_read_as_the_dictionary_says(history: History) -> None:
    check(history)


@given(shops(dirty=True))
@examples(20)
def test_a_dirty_shop_is_read_as_the_contract_says(history: History) -> None:
    check(history)


@pytest.mark.soak
@pytest.mark.parametrize("dirty", [False, True])
def test_many_random_shops_are_read_alike(dirty: bool) -> None:
    run: Callable[..., Any] = examples(SOAK, seed=False)(given(shops(dirty))(check))
    run()
