import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from orchestration.quality.judge import judge, refusal
from orchestration.quality.suites import load_suites

from .poison import POISONS, Finished, change, judge_poisoned

CORRUPTIONS = 50
QUICK = [
    ("metrics.customer_flow", "flow_adds_up"),
    ("metrics.customer_flow", "restatement"),
    ("metrics.nps", "nps_lies_in_its_interval"),
    ("metrics.revenue", "orders_halve"),
    ("customers.rfm", "segments_hold_all_buyers"),
    ("customers.customers", "no_contact_data"),
]
ALL = [(mart, check) for mart, checks in POISONS.items() for check in checks]


def check_poison(mart: str, check: str, finished: Finished, folder: Path) -> None:
    """Assert that the poison of a check turns that check red or yellow, and no other red."""
    severity = next(
        rule.severity
        for suite in finished.suites
        for rule in suite.rules
        if (suite.mart, rule.check_name) == (mart, check)
    )
    poison = POISONS[mart][check]
    verdicts = judge_poisoned(mart, poison, finished.copy(folder))
    red = [(each.mart, each.check_name) for each in verdicts if each.blocks]
    mine = next(each for each in verdicts if (each.mart, each.check_name) == (mart, check))
    assert red == ([(mart, check)] if severity == "critical" else [])
    assert mine.status == ("fail" if severity == "critical" else "warn")
    assert poison.get("says", "") in mine.message
    shutil.rmtree(folder)


def test_every_rule_has_a_poison(finished: Finished) -> None:
    # Prevents: a rule that nobody has ever seen fail.
    rules = {(suite.mart, rule.check_name) for suite in finished.suites for rule in suite.rules}
    assert rules == set(ALL)


def test_every_mart_has_a_suite(finished: Finished) -> None:
    # Prevents: a mart that is published unjudged.
    marts = {
        f"{node['schema']}.{node['alias']}"
        for node in finished.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }
    assert marts == {suite.mart for suite in finished.suites}


def test_demo_passes_and_drift_does_not_apply_to_a_first_build(finished: Finished) -> None:
    # Prevents: a rule that good data breaks, and drift that is reported against nothing.
    verdicts = judge(finished.build, None, finished.suites)
    assert [(each.mart, each.check_name) for each in verdicts if each.blocks] == []
    drift = {
        each.status for each in verdicts if each.check_name.endswith(("_drift", "restatement"))
    }
    assert drift == {"not_applicable"}


@pytest.mark.parametrize(("mart", "check"), QUICK)
def test_a_poison_turns_exactly_its_check(
    mart: str, check: str, finished: Finished, tmp_path: Path
) -> None:
    # Prevents: a check that misses what it is there for, or that fails for another reason.
    check_poison(mart, check, finished, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(("mart", "check"), ALL)
def test_every_poison_turns_exactly_its_check(
    mart: str, check: str, finished: Finished, tmp_path: Path
) -> None:
    # Prevents: a check that misses what it is there for, or that fails for another reason.
    check_poison(mart, check, finished, tmp_path)


def test_a_refusal_names_check_value_and_rows(finished: Finished, tmp_path: Path) -> None:
    # Prevents: a refusal that leaves the engineer to search.
    mart, check = "metrics.customer_flow", "flow_adds_up"
    text = refusal(judge_poisoned(mart, POISONS[mart][check], finished.copy(tmp_path)))
    assert f"{mart}, {check}: 1 rows break it" in text
    assert '"period_start": "' in text


def test_a_rule_that_raises_is_an_error_even_as_a_warning(
    finished: Finished, tmp_path: Path
) -> None:
    # Prevents: a broken check that reads as good data, or as a warning to ignore.
    copy = finished.copy(tmp_path)
    change(copy.build, "alter table customers.nps rename column score to points")
    suites = [suite for suite in copy.suites if suite.mart == "customers.nps"]
    statuses = {each.check_name: each.status for each in judge(copy.build, None, suites)}
    assert statuses["score_is_0_to_10"] == "error"
    assert statuses["scores_are_spread"] == "error"
    assert statuses["customers_have_answers"] == "pass"


def count_cells(finished: Finished) -> Iterator[tuple[str, str]]:
    """Every count column of a metric mart that has rows: mart and column."""
    with closing(duckdb.connect(str(finished.build), read_only=True)) as connection:
        for suite in finished.suites:
            if not suite.mart.startswith("metrics.") or suite.mart == "metrics.calendar":
                continue
            if not connection.execute(f"select count(*) from {suite.mart}").fetchall()[0][0]:
                continue
            node = next(
                each
                for each in finished.manifest["nodes"].values()
                if f"{each.get('schema')}.{each.get('alias')}" == suite.mart
            )
            for name, column in node["columns"].items():
                if column["data_type"] == "bigint":
                    yield suite.mart, name


@pytest.mark.soak
def test_random_corruptions_of_counts_are_mostly_caught(finished: Finished, tmp_path: Path) -> None:
    # Prevents: suites that only see the mistakes that were thought of. A count is doubled plus one.
    chance = random.Random(20260630)
    cells = list(count_cells(finished))
    caught: Counter[bool] = Counter()
    missed = []
    for number in range(CORRUPTIONS):
        mart, column = chance.choice(cells)
        copy = finished.copy(tmp_path / str(number))
        with closing(duckdb.connect(str(copy.build))) as connection:
            rows = connection.execute(f"select count(*) from {mart}").fetchall()[0][0]
            row = chance.randrange(rows)
            connection.execute(f"update {mart} set {column} = 2 * {column} + 1 where rowid = {row}")
        suites = [suite for suite in copy.suites if suite.mart == mart]
        seen = any(
            each.status in ("fail", "warn") for each in judge(copy.build, copy.published, suites)
        )
        caught[seen] += 1
        shutil.rmtree(tmp_path / str(number))
        if not seen:
            missed.append(f"{mart}.{column}")
    print(f"caught {caught[True]} of {CORRUPTIONS}; missed: {', '.join(sorted(set(missed)))}")
    assert caught[True] >= 0.6 * CORRUPTIONS


def test_suites_of_the_project_are_read(finished: Finished) -> None:
    # Prevents: a suite that a change of a contract has left behind.
    root = Path(__file__).parents[2]
    assert len(load_suites(root / "expectations", finished.manifest)) == len(finished.suites)
