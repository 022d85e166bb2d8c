from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.quality.judge import judge, sample_query
from orchestration.quality.suites import KINDS, Rule, Suite, rule_of

COLUMNS = {
    "month": {"data_type": "date"},
    "people": {"data_type": "bigint"},
    "all_people": {"data_type": "bigint"},
    "rate": {"data_type": "double"},
    "note": {"data_type": "varchar"},
}
# One rule of each kind that Great Expectations judges: arguments that hold, and some that do not.
RULES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "expect_table_row_count_to_be_between": (
        {"min_value": 3, "max_value": 3},
        {"min_value": 4, "max_value": 9},
    ),
    "expect_column_values_to_be_between": (
        {"column": "people", "min_value": 1, "max_value": 3},
        {"column": "people", "min_value": 1, "strict_min": True},
    ),
    "expect_column_values_to_be_in_set": (
        {"column": "note", "value_set": ["a", "b"]},
        {"column": "note", "value_set": ["a"]},
    ),
    "expect_column_values_to_not_be_null": ({"column": "people"}, {"column": "rate"}),
    "expect_column_mean_to_be_between": (
        {"column": "people", "min_value": 2, "max_value": 2},
        {"column": "people", "min_value": 3, "max_value": 9},
    ),
    "expect_column_max_to_be_between": (
        {"column": "people", "max_value": 3},
        {"column": "people", "max_value": 2},
    ),
    "expect_column_sum_to_be_between": (
        {"column": "people", "max_value": 6},
        {"column": "people", "max_value": 5},
    ),
    "expect_column_distinct_values_to_equal_set": (
        {"column": "note", "value_set": ["a", "b"]},
        {"column": "note", "value_set": ["a", "b", "c"]},
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        {"column_A": "all_people", "column_B": "people", "or_equal": True},
        {"column_A": "people", "column_B": "all_people"},
    ),
    "unexpected_rows_expectation": (
        {"unexpected_rows_query": "select * from {batch} where people > 3"},
        {"unexpected_rows_query": "select * from {batch} where people > 2"},
    ),
    "no_contact_data": ({"except": ["note"]}, {}),
    "counts_not_negative": ({"columns": ["people"]}, {"columns": ["rate"]}),
    "parts_within_wholes": (
        {"parts": {"people": "all_people"}},
        {"parts": {"all_people": "people"}},
    ),
    "ratios_follow_counts": (
        {"ratios": {"all_people": ["people", "share"]}},
        {"ratios": {"rate": ["people", "all_people"]}},
    ),
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small mart with one null, one negative and two kinds of note."""
    path = tmp_path_factory.mktemp("engine") / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema metrics")
        connection.execute(
            "create table metrics.flow"
            " (month date, people bigint, all_people bigint, share double, rate double,"
            " note varchar)"
        )
        connection.executemany(
            "insert into metrics.flow values (?, ?, ?, ?, ?, ?)",
            [
                [date(2026, 1, 1), 1, 2, 0.5, -0.5, "a"],
                [date(2026, 2, 1), 2, 4, 0.5, None, "b"],
                [date(2026, 3, 1), 3, 6, 0.5, 0.5, "b"],
            ],
        )
    return path


def rule(kind: str, arguments: dict[str, Any], severity: str = "critical") -> Rule:
    entry = {"name": kind, "type": kind, "arguments": arguments, "severity": severity}
    return rule_of({**entry, "rationale": "A test."}, COLUMNS)


def judged(build: Path, *rules: Rule) -> dict[str, Any]:
    suite = Suite("metrics.flow", rules, ("month",))
    return {verdict.check_name: verdict for verdict in judge(build, None, [suite])}


def test_there_is_a_rule_of_each_kind() -> None:
    # Prevents: a kind that may be used and has never run on DuckDB.
    assert set(RULES) == {kind for kind in KINDS if not kind.startswith("drift_")}


def test_rules_that_hold_pass(build: Path) -> None:
    # Prevents: a broken engine, which otherwise looks like bad data.
    verdicts = judged(build, *(rule(kind, holds) for kind, (holds, _) in RULES.items()))
    assert {kind: each.message for kind, each in verdicts.items() if each.status != "pass"} == {}


def test_rules_that_do_not_hold_fail_and_none_raises(build: Path) -> None:
    # Prevents: an expectation that DuckDB cannot run, and one that passes whatever the data says.
    with duckdb.connect(str(build)) as connection:
        connection.execute("update metrics.flow set note = 'a@b.de' where people = 1")
    try:
        verdicts = judged(build, *(rule(kind, broken) for kind, (_, broken) in RULES.items()))
    finally:
        with duckdb.connect(str(build)) as connection:
            connection.execute("update metrics.flow set note = 'a' where people = 1")
    assert {kind: each.message for kind, each in verdicts.items() if each.status != "fail"} == {}


def test_a_broken_warning_warns_and_shows_rows(build: Path) -> None:
    # Prevents: a warning that blocks, and a finding without the rows to look at.
    arguments = {"column": "people", "min_value": 0, "max_value": 2}
    verdict = judged(build, rule("expect_column_values_to_be_between", arguments, "warning"))[
        "expect_column_values_to_be_between"
    ]
    assert (verdict.status, verdict.blocks) == ("warn", False)
    assert verdict.sample == [{"month": "2026-03-01", "people": 3}]
    assert verdict.observed["unexpected_count"] == 1


def test_what_raises_is_an_error(build: Path) -> None:
    # Prevents: a broken rule that passes, or that blames the data.
    missing = rule(
        "expect_column_mean_to_be_between", {"column": "nothing", "min_value": 0}, "warning"
    )
    wrong = rule("unexpected_rows_expectation", {"unexpected_rows_query": "select x from {batch}"})
    good = Rule(
        "good", "expect_column_values_to_not_be_null", {"column": "people"}, "critical", "-"
    )
    statuses = {name: each.status for name, each in judged(build, missing, wrong, good).items()}
    assert statuses == {missing.check_name: "error", wrong.check_name: "error", "good": "pass"}


def test_a_missing_mart_is_an_error(build: Path) -> None:
    # Prevents: a mart that was not built and counts as good.
    suite = Suite("metrics.gone", (rule("expect_column_values_to_not_be_null", {"column": "a"}),))
    assert [verdict.status for verdict in judge(build, None, [suite])] == ["error"]


def test_the_files_are_free_when_judged(build: Path) -> None:
    # Prevents: a build file that the next step of the same process cannot open.
    judged(build, rule("expect_column_values_to_not_be_null", {"column": "people"}))
    with duckdb.connect(str(build)) as connection:
        assert connection.execute("select count(*) from metrics.flow").fetchall() == [(3,)]


def test_only_the_wanted_rules_are_judged(build: Path) -> None:
    # Prevents: a single check in the UI that runs the whole suite.
    rules = tuple(rule(kind, holds) for kind, (holds, _) in RULES.items())
    suite = Suite("metrics.flow", rules, ("month",))
    wanted = {("metrics.flow", "no_contact_data")}
    assert [each.check_name for each in judge(build, None, [suite], wanted)] == ["no_contact_data"]


def test_rules_on_a_whole_column_have_no_sample() -> None:
    # Prevents: rows shown as guilty that are not.
    whole = rule("expect_column_mean_to_be_between", {"column": "people", "min_value": 0})
    assert sample_query(Suite("metrics.flow", (whole,), ("month",)), whole) == ""
