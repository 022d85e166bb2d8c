"""The marts of visits, funnels and key figures beside the plain-Python reference, row by row."""

from zoneinfo import ZoneInfo

from hypothesis import given

from tests.reference.histories import History
from tests.reference.metrics_funnel import MARTS, kpis

from .compare import differences
from .shops import examples, reading, replay, shops


@given(shops())
@examples(30)
def test_visits_funnels_and_key_figures_are_as_the_dictionary_says(history: History) -> None:
    expected, built = reading(history), replay(history)
    given_rows = (expected.staged, expected.as_of, history.variables)
    zone = ZoneInfo(history.settings.business_timezone)
    found = {
        mart: differences(
            reference(*given_rows, zone), built.rows(mart), built.project.node(mart).grain
        )
        for mart, reference in MARTS.items()
    }
    figures = kpis(*given_rows, zone)
    known = {row["metric"] for row in figures}
    quoted = [row for row in built.rows("metrics.kpis") if row["metric"] in known]
    grain = built.project.node("metrics.kpis").grain
    found["metrics.kpis"] = differences(figures, quoted, grain)
    assert {mart: lines[:20] for mart, lines in found.items() if lines} == {}
