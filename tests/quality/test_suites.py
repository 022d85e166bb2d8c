from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.quality.suites import SuiteError, load_suites

MANIFEST = {
    "nodes": {
        "model.shop.metrics__flow": {
            "resource_type": "model",
            "schema": "metrics",
            "alias": "flow",
            "config": {"access": "public", "meta": {"grain": ["month"]}},
            "columns": {
                "month": {"data_type": "date"},
                "people": {"data_type": "bigint"},
                "all_people": {"data_type": "bigint"},
                "rate": {"data_type": "double"},
                "note": {"data_type": "varchar"},
            },
        }
    }
}
GOOD: dict[str, Any] = {
    "name": "people_are_counted",
    "type": "expect_column_values_to_be_between",
    "arguments": {"column": "people", "min_value": 0},
    "severity": "critical",
    "rationale": "A count.",
}


def write(folder: Path, *rules: Any, name: str = "metrics/flow.yml") -> Path:
    path = folder / "expectations" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(list(rules)), encoding="utf-8")
    return folder / "expectations"


def query(sql: str) -> dict[str, Any]:
    arguments = {"unexpected_rows_query": sql}
    return {**GOOD, "type": "unexpected_rows_expectation", "arguments": arguments}


def test_a_good_file_is_read(tmp_path: Path) -> None:
    # Prevents: a loader that refuses everything.
    suites = load_suites(write(tmp_path, GOOD, query("from {batch}") | {"name": "b"}), MANIFEST)
    assert [(suite.mart, suite.grain, len(suite.rules)) for suite in suites] == [
        ("metrics.flow", ("month",), 2)
    ]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({**GOOD, "uuid": "1"}, "rule people_are_counted: unknown key uuid"),
        ({**GOOD, "rationale": ""}, "rationale is missing"),
        ({**GOOD, "rationale": " "}, "rationale is missing"),
        ({key: GOOD[key] for key in GOOD if key != "severity"}, "severity is missing"),
        ({**GOOD, "severity": "info"}, "severity must be one of critical, warning, not info"),
        ({**GOOD, "type": "expect_magic"}, "unknown type expect_magic"),
        ({**GOOD, "arguments": {"column": "persons"}}, "the mart has no column persons"),
        ({**GOOD, "arguments": {"column": "people", "max": 1}}, "unknown argument max"),
        ({**GOOD, "arguments": {"min_value": 1}}, "argument column is missing"),
        ({**GOOD, "arguments": ["people"]}, "arguments must be a mapping"),
        (query("select persons from {batch}"), "the SQL does not fit the contract"),
        (query("select people from metrics.flow"), "the SQL must read from {batch}"),
        (query("select people from {batch} where {x}"), "the SQL does not fit the contract"),
        (
            {
                **GOOD,
                "type": "drift_restatement",
                "arguments": {"columns": ["people"], "max_change": 0},
            },
            "the mart has no column is_complete",
        ),
        (
            {
                **GOOD,
                "type": "ratios_follow_counts",
                "arguments": {"ratios": {"rate": ["people", "x"]}},
            },
            "the mart has no column x",
        ),
        ("people", "rule 1: must be a mapping"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_and_rule(
    rule: Any, says: str, tmp_path: Path
) -> None:
    # Prevents: a rule with a slip of the pen that judges nothing, or something else.
    with pytest.raises(SuiteError) as refusal:
        load_suites(write(tmp_path, rule), MANIFEST)
    assert str(refusal.value).startswith("expectations/metrics/flow.yml, rule ")
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    # Prevents: two checks whose results overwrite each other.
    with pytest.raises(SuiteError, match="the name is taken"):
        load_suites(write(tmp_path, GOOD, GOOD), MANIFEST)


def test_a_file_without_its_mart_is_refused(tmp_path: Path) -> None:
    # Prevents: a suite that is never judged because its mart was renamed.
    with pytest.raises(SuiteError, match=r"metrics/flows\.yml: there is no published mart"):
        load_suites(write(tmp_path, GOOD, name="metrics/flows.yml"), MANIFEST)
