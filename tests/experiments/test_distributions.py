"""The distributions of the macros beside scipy's, over grids that reach far into the tails."""

from collections.abc import Sequence
from functools import cache
from itertools import product
from math import inf

import duckdb
import jinja2
import pytest
from scipy import stats

from lint.project import ROOT

FILES = ("normal_upper_tail", "student_p_values", "chi_square_upper_tail", "nps", "sample_size")
STEPS = (0.0, 1e-9, 1e-6, 1e-3, *(number / 10 for number in range(1, 81)), 10.0, 15.0, 30.0)
FREEDOMS = (1.0, 1.01, 1.3, 2.0, 2.7, 3.0, 5.5, 10.0, 29.9, 60.0, 99.0, 101.0, 150.0, 5e3, 1e6, 1e9)
# Below it nobody compares p-values.
SMALLEST = 1e-30


@cache
def macros() -> jinja2.Environment:
    """The project's macros without dbt: these call nothing of it."""
    folder = ROOT / "macros/metrics"
    texts = "\n".join((folder / f"{name}.sql").read_text("utf-8") for name in FILES)
    return jinja2.Environment(loader=jinja2.DictLoader({"macros": texts}))


def render(call: str) -> str:
    """A macro call as a model writes it, as SQL."""
    return macros().from_string("{% import 'macros' as m %}{{ m." + call + " }}").render()


def evaluate(call: str, names: str, rows: Sequence[tuple[float, ...]]) -> list[float]:
    """A macro call for each row of values of these columns."""
    return ask(f"select {render(call)} from given", names, rows)


def ask(query: str, names: str, rows: Sequence[tuple[float, ...]]) -> list[float]:
    """The one column that a query makes of the rows of `given`."""
    values = ", ".join(f"({', '.join(map(repr, row))})" for row in rows)
    columns = ", ".join(f"cast({name} as double) as {name}" for name in names.split(", "))
    given = f"given as (select {columns} from (values {values}) as v ({names}))"
    with duckdb.connect() as connection:
        joined = ", " if query.startswith("student_") else " "
        return [row[0] for row in connection.execute(f"with {given}{joined}{query}").fetchall()]


def worst(found: list[float], expected: list[float]) -> tuple[float, float]:
    """The largest absolute error, and the largest relative one where there is something left."""
    pairs = list(zip(found, expected, strict=True))
    absolute = max(abs(one - other) for one, other in pairs)
    relative = max((abs(one / other - 1) for one, other in pairs if other > SMALLEST), default=inf)
    return absolute, relative


def test_normal_tail_is_scipys() -> None:
    # Prevents: a p-value of a rate that is right in the middle and wrong in the tail.
    found = evaluate("normal_upper_tail('z')", "z", [(step,) for step in STEPS])
    absolute, relative = worst(found, [float(stats.norm.sf(step)) for step in STEPS])
    assert absolute < 1e-12
    assert relative < 1e-7


def test_student_tail_is_scipys_for_any_degrees_of_freedom() -> None:
    # Prevents: a p-value of revenue that is right for large arms and wrong for small ones.
    rows = list(product(STEPS, FREEDOMS))
    query = render("student_p_values('given')") + " select p_value from student_tested"
    found = ask(query, "statistic, degrees_of_freedom", rows)
    absolute, relative = worst(found, [2 * float(stats.t.sf(t, df)) for t, df in rows])
    assert absolute < 1e-9
    assert relative < 1e-6


def test_student_quantile_is_scipys() -> None:
    # Prevents: an interval of revenue that is too narrow for small arms.
    found = evaluate("student_quantile_975('df')", "df", [(df,) for df in FREEDOMS])
    assert found == pytest.approx([float(stats.t.ppf(0.975, df)) for df in FREEDOMS], rel=1e-9)


def test_chi_square_tail_is_scipys_for_up_to_100_arms() -> None:
    # Prevents: a broken split of many arms that does not warn.
    values = (0.0, 1e-6, *(float(number) for number in range(1, 120, 3)), 300.0, 900.0)
    rows = list(product(values, (1.0, 2.0, 3.0, 4.0, 7.0, 20.0, 51.0, 98.0, 99.0)))
    found = evaluate("chi_square_upper_tail('x', 'df')", "x, df", rows)
    absolute, relative = worst(found, [float(stats.chi2.sf(x, df)) for x, df in rows])
    assert absolute < 1e-12
    assert relative < 1e-7
    assert evaluate("chi_square_upper_tail('x', 'df')", "x, df", [(5.0, 100.0)]) == [None]


def test_a_planned_sample_finds_the_wished_effect_four_times_in_five() -> None:
    # Prevents: a test that is planned too small. Conversion 10 %, wished 12 %: with n customers an
    # arm the chance to find it, by scipy, is 80 % and with n - 1 it is not.
    rows = [(0.02, 0.1 * 0.9, 0.12 * 0.88)]
    needed = evaluate("sample_size('effect', 'v0', 'v1')", "effect, v0, v1", rows)[0]

    def power(units: float) -> float:
        error = ((0.1 * 0.9 + 0.12 * 0.88) / units) ** 0.5
        return float(stats.norm.sf(stats.norm.ppf(0.975) - 0.02 / error))

    assert power(needed) >= 0.8 > power(needed - 1)
