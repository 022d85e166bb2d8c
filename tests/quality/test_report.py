import re
from datetime import date, datetime
from pathlib import Path

from orchestration.dbt_run import read_results
from orchestration.quality.judge import Verdict
from orchestration.quality.report import write_report
from orchestration.quality.results import CheckResult, results_of_dbt

VERDICTS = [
    Verdict(
        "metrics.flow", "adds_up", "critical", "fail", {}, [{"month": "<b>"}], "1 rows break it"
    ),
    Verdict("metrics.flow", "restated", "warning", "warn", {}, [], "March 3 → 4", "drift"),
    Verdict(
        "metrics.flow", "row_count", "warning", "not_applicable", {}, [], "first build", "drift"
    ),
]
DBT = [CheckResult("metrics.flow", "unique_grain", "dbt", "critical", "pass", "holds")]
PUBLICATION = {
    "as_of": date(2026, 6, 30),
    "version": "V1",
    "raw_files": '[["orders.csv", 12, "ab"]]',
}
BALANCE = [
    {
        "raw_table": "orders",
        "raw_rows": 10,
        "rejected_rows": 1,
        "superseded_rows": 2,
        "not_yet_visible_rows": 3,
        "staged_rows": 4,
    }
]
HISTORY = [
    {
        "version": "V1",
        "published_at": datetime(2026, 7, 1, 6, 0),  # noqa: DTZ001 - stored without zone, in UTC
        "as_of": date(2026, 6, 30),
        "git_commit": None,
        "checks_run": 4,
        "checks_warned": '["restated"]',
    }
]


def page(folder: Path, refusal: str = "") -> str:
    path = folder / "report.html"
    write_report(path, VERDICTS, DBT, PUBLICATION, BALANCE, HISTORY, refusal)
    assert [each.name for each in folder.iterdir()] == ["report.html"]
    return path.read_text(encoding="utf-8")


def test_the_page_needs_no_network(tmp_path: Path) -> None:
    # Prevents: a report that is blank on a train.
    assert re.findall(r"https?://|src=|@import|<link", page(tmp_path)) == []


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    # Prevents: a section that stays empty.
    text = page(tmp_path)
    for part in (
        "adds_up",
        "March 3 → 4",
        "first build",
        "unique_grain",
        "orders.csv",
        "width:40.00%",
    ):
        assert part in text
    assert "$" not in text


def test_rows_are_escaped(tmp_path: Path) -> None:
    # Prevents: raw data that runs as a script in the reader's browser.
    assert "<td>&lt;b&gt;</td>" in page(tmp_path)


def test_a_refusal_leads_the_page(tmp_path: Path) -> None:
    # Prevents: a report that says published of what was not.
    text = page(tmp_path, "metrics.flow, adds_up: 1 rows break it")
    assert "<strong>Not published.</strong>" in text
    assert "<strong>Published</strong>" not in text


def test_dbt_tests_become_results() -> None:
    # Prevents: a dbt test that warned and is shown as passed, or under another table.
    nodes = {
        "model.shop.flow": {"resource_type": "model", "schema": "metrics", "alias": "flow"},
        "test.shop.a": {
            "resource_type": "test",
            "name": "a",
            "attached_node": None,
            "depends_on": {"nodes": ["model.shop.flow"]},
            "config": {"severity": "WARN"},
            "package_name": "shop",
            "description": "",
            "raw_code": "-- Prevents: a flow\n-- that leaks.\nselect 1",
        },
    }
    found = {
        "unique_id": "test.shop.a",
        "status": "warn",
        "failures": 2,
        "message": "Got 2 results, configured to warn if != 0",
    }
    result = read_results({"results": [found]})
    result.samples = {"test.shop.a": [{"buyers": 3}]}
    (check,) = results_of_dbt(result, {"nodes": nodes, "macros": {}})
    assert check.rationale == "Prevents: a flow that leaks."
    assert (check.mart, check.check_name, check.severity) == ("metrics.flow", "a", "warning")
    assert (check.status, check.message) == ("warn", "2 rows found")
    assert check.sample == [{"buyers": 3}]
