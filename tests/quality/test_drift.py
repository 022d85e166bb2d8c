from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from orchestration.quality.judge import Verdict, judge
from orchestration.quality.suites import Rule, Suite

DROP = {
    "table": "orders",
    "max_ratio": 0.5,
    "days": 3,
    "compare_days": 28,
    "look_back_days": 90,
    "min_rows": 30,
}
AS_OF = date(2026, 6, 30)


class Files(NamedTuple):
    """A build file and the file published before."""

    build: Path
    published: Path


def fill(connection: duckdb.DuckDBPyConnection, people: dict[str, int]) -> None:
    connection.execute("create schema metrics")
    connection.execute(
        "create table metrics.flow"
        " (month date, segment varchar, people bigint, is_complete boolean)"
    )
    for month, count in people.items():
        for segment, share in (("new", 1), ("old", 3)):
            connection.execute(
                "insert into metrics.flow values (?, ?, ?, ?)",
                [month, segment, share * count, month != "2026-06-01"],
            )


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """March to June, unchanged but for the open month."""
    people = {"2026-03-01": 100, "2026-04-01": 100, "2026-05-01": 100, "2026-06-01": 10}
    files = Files(tmp_path / "build.duckdb", tmp_path / "marts.duckdb")
    with duckdb.connect(str(files.published)) as connection:
        fill(connection, people)
        connection.execute("create schema quality")
        connection.execute(
            "create table quality.publication as"
            " select '1' as version, 'shop' as source, 'USD' as reporting_currency"
        )
    with duckdb.connect(str(files.build)) as connection:
        fill(connection, {**people, "2026-06-01": 12})
        connection.execute("create schema raw")
        connection.execute("create schema staging")
        connection.execute(
            "create table raw.run_request as select 'shop' as raw_dir, 'USD' as reporting_currency"
        )
        connection.execute(f"create table staging.run_context as select date '{AS_OF}' as as_of")
        connection.execute("create table staging.orders (event_date date)")
    return files


def run(path: Path, statement: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def verdict(
    files: Files, kind: str, arguments: dict[str, Any], severity: str = "warning"
) -> Verdict:
    rule = Rule("drift", kind, arguments, severity, "A test.")
    suite = Suite("metrics.flow", (rule,), ("month", "segment"))
    return judge(files.build, files.published, [suite])[0]


RESTATED = {"columns": ["people"], "max_change": 0.02}


def test_an_open_period_may_change(files: Files) -> None:
    # Prevents: a warning every day of the month.
    assert verdict(files, "drift_restatement", RESTATED).status == "pass"


def test_a_restated_period_is_named_old_and_new(files: Files) -> None:
    # Prevents: a past that changes in silence.
    run(
        files.build,
        "update metrics.flow set people = 90 where month = '2026-04-01' and segment = 'new'",
    )
    found = verdict(files, "drift_restatement", RESTATED)
    assert (found.status, found.observed) == ("warn", {"restated": 1})
    assert found.message == "restated: 2026-04-01 new people 100 → 90"
    assert found.sample == [
        {"month": "2026-04-01", "segment": "new", "column": "people", "old": 100, "new": 90}
    ]


def test_a_change_within_the_tolerance_is_none(files: Files) -> None:
    # Prevents: a warning for each late refund.
    run(
        files.build,
        "update metrics.flow set people = 99 where month = '2026-04-01' and segment = 'new'",
    )
    assert verdict(files, "drift_restatement", RESTATED).status == "pass"


def test_a_vanished_period_is_a_restatement(files: Files) -> None:
    # Prevents: a month that disappears without a word.
    run(files.build, "delete from metrics.flow where month = '2026-03-01'")
    found = verdict(files, "drift_restatement", RESTATED)
    assert (found.status, found.observed) == ("warn", {"restated": 2})
    assert "2026-03-01 new people 100 → None" in found.message


def test_row_count_and_total_and_shares(files: Files) -> None:
    # Prevents: a mart that halves, or shifts from one segment to another, unseen.
    run(files.build, "delete from metrics.flow where month < '2026-05-01' and segment = 'new'")
    assert verdict(files, "drift_row_count", {"max_change": 0.2}).message == "rows 8 → 6 (-25.0%)"
    assert verdict(files, "drift_row_count", {"max_change": 0.3}).status == "pass"
    total = {"column": "people", "max_change": 0.1}
    assert verdict(files, "drift_total", total).status == "warn"
    shares = verdict(files, "drift_shares", {"group_by": "segment", "max_change": 0.05})
    assert shares.status == "warn"
    assert shares.message == "new 50.0% → 33.3%, old 50.0% → 66.7%"


def test_drift_as_critical_blocks(files: Files) -> None:
    # Prevents: a shop that wants to stop on drift and cannot.
    run(files.build, "delete from metrics.flow where month < '2026-05-01'")
    assert verdict(files, "drift_row_count", {"max_change": 0.2}, "critical").status == "fail"


def test_nothing_to_compare_with_is_not_applicable(files: Files) -> None:
    # Prevents: a first build that passes drift, or that is blamed for it.
    files.published.unlink()
    found = verdict(files, "drift_row_count", {"max_change": 0})
    assert (found.status, found.blocks) == ("not_applicable", False)
    assert "first build" in found.message


def test_another_source_is_not_applicable(files: Files) -> None:
    # Prevents: the demo's numbers compared with the shop's.
    run(files.build, "update raw.run_request set raw_dir = 'other'")
    found = verdict(files, "drift_restatement", RESTATED)
    assert found.status == "not_applicable"
    assert "new source" in found.message


def test_a_new_mart_is_not_applicable(files: Files) -> None:
    # Prevents: an error on the day when a mart is added.
    run(files.published, "drop table metrics.flow")
    assert verdict(files, "drift_row_count", {"max_change": 0}).status == "not_applicable"


def test_drift_that_cannot_run_is_an_error(files: Files) -> None:
    # Prevents: a drift rule on a column that is gone, and passes.
    total = {"column": "persons", "max_change": 0.1}
    assert verdict(files, "drift_total", total).status == "error"


def orders(files: Files, per_day: dict[int, int]) -> None:
    """20 orders a day over 200 days, but for some days counted back from as_of."""
    with duckdb.connect(str(files.build)) as connection:
        for back in range(200):
            count = per_day.get(back, 20)
            connection.execute(
                f"insert into staging.orders select ? from range({count})",
                [AS_OF - timedelta(days=back)],
            )


def test_orders_that_halve_warn_with_the_dates(files: Files) -> None:
    # Prevents: an outage, or a missing file, that nobody notices.
    orders(files, {10: 5, 11: 5, 12: 20})
    found = verdict(files, "drift_sudden_drop", DROP)
    assert found.status == "warn"
    assert found.sample == [
        {"first_day": "2026-06-18", "last_day": "2026-06-21", "events": 30, "events_before": 60}
    ]


def test_days_without_any_order_are_a_drop(files: Files) -> None:
    # Prevents: a gap that is overlooked because no row stands for it.
    orders(files, {0: 0, 1: 0, 2: 0})
    found = verdict(files, "drift_sudden_drop", DROP)
    assert found.sample[0]["events"] == 0
    assert found.sample[0]["last_day"] == "2026-06-30"


def test_a_little_less_is_no_drop(files: Files) -> None:
    # Prevents: a warning each quiet weekend.
    orders(files, {10: 11, 11: 10, 12: 10})
    assert verdict(files, "drift_sudden_drop", DROP).status == "pass"


def test_a_drop_long_ago_is_history(files: Files) -> None:
    # Prevents: a warning for ever.
    orders(files, {120: 0, 121: 0, 122: 0})
    assert verdict(files, "drift_sudden_drop", DROP).status == "pass"
