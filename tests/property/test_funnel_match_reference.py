"""The marts of visits, funnels and key figures beside the plain-Python reference, row by row."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from tests.reference.histories import History
from tests.reference.metrics_funnel import MARTS, kpis

from .compare import differences
from .shops import examples, mart_differences, reading, replay, shops

SOAK = 200


def check(history: History) -> None:
    """Fail with every difference between warehouse and reference."""
    zone = ZoneInfo(history.settings.business_timezone)
    expected, built = reading(history), replay(history)
    found = mart_differences(history, built, MARTS, zone)
    figures = kpis(expected.staged, expected.as_of, history.variables, zone)
    known = {row["metric"] for row in figures}
    quoted = [row for row in built.rows("metrics.kpis") if row["metric"] in known]
    found["metrics.kpis"] = differences(figures, quoted, built.project.node("metrics.kpis").grain)
    assert {mart: lines[:20] for mart, lines in found.items() if lines} == {}


@given(shops())
@examples(12)
def test_visits_funnels_and_key_figures_are_as_the_dictionary_says(history: History) -> None:
    check(history)


@pytest.mark.soak
def test_many_random_shops_are_read_alike() -> None:
    examples(SOAK, seed=False)(given(shops())(check))()
