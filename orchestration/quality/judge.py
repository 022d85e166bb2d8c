"""Judge finished marts by their suites: one verdict a rule.

Expectations go through Great Expectations, drift through our own SQL; both read the files read-only
and leave the work to DuckDB. A rule that could not be judged is an error, which blocks whatever its
severity is, never a pass and never a data failure.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb

from orchestration.quality.drift import SAMPLE_ROWS, Finding, judge_drift, rows_of
from orchestration.quality.suites import SQL_RULE, Rule, Suite
from orchestration.raw_files import quote

# Rows of a sample that a message shows; the report has them all.
SHOWN_ROWS = 3
Status = Literal["pass", "fail", "warn", "error", "not_applicable"]


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one mart. `sample` holds some of the rows that break it."""

    mart: str
    check_name: str
    severity: str
    status: Status
    observed: dict[str, float | int | str]
    sample: list[dict[str, Any]]
    message: str
    kind: str = "gx"
    rationale: str = field(default="", compare=False)

    @property
    def blocks(self) -> bool:
        """Whether it stops a publication."""
        return self.status in ("fail", "error")


def judge(
    build_file: Path,
    published_file: Path | None,
    suites: Sequence[Suite],
    wanted: set[tuple[str, str]] | None = None,
) -> list[Verdict]:
    """The verdicts of all rules, or of the `wanted` (mart, check_name), in the order of the suites.

    `published_file` None or absent: a first build, to which drift does not apply.
    """
    chosen = [
        (suite, rule)
        for suite in suites
        for rule in suite.rules
        if wanted is None or (suite.mart, rule.check_name) in wanted
    ]
    verdicts = judge_expectations(build_file, chosen)
    verdicts |= judge_drifts(build_file, published_file, chosen)
    return [verdicts[suite.mart, rule.check_name] for suite, rule in chosen]


def blocking(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that stop a publication."""
    return [verdict for verdict in verdicts if verdict.blocks]


def refusal(verdicts: Sequence[Verdict]) -> str:
    """Why the marts are not published: each check, what it saw, and a sample of the rows."""
    lines = []
    for verdict in blocking(verdicts):
        lines.append(f"{verdict.mart}, {verdict.check_name}: {verdict.message}")
        lines += [f"    {as_json(row)}" for row in verdict.sample[:SHOWN_ROWS]]
    return "\n".join(lines)


def as_json(row: Mapping[str, Any]) -> str:
    """A sample row on one line."""
    return json.dumps(row, ensure_ascii=False)


def judge_expectations(
    build_file: Path, chosen: Sequence[tuple[Suite, Rule]]
) -> dict[tuple[str, str], Verdict]:
    """The verdicts of the rules that Great Expectations judges, one validation a mart."""
    by_suite: dict[str, tuple[Suite, list[Rule]]] = {}
    for suite, rule in chosen:
        if not rule.is_drift:
            by_suite.setdefault(suite.mart, (suite, []))[1].append(rule)
    if not by_suite:
        return {}
    from orchestration.quality.engine import Outcome, Validator

    outcomes: list[tuple[Suite, Rule, Outcome]] = []
    with Validator(build_file) as validator:
        for suite, rules in by_suite.values():
            results = validator.validate(suite.mart, rules)
            outcomes += [
                (suite, rule, outcome) for rule, outcome in zip(rules, results, strict=True)
            ]
    with closing(attached(build_file, None)) as connection:
        return {
            (suite.mart, rule.check_name): expectation_verdict(connection, suite, rule, outcome)
            for suite, rule, outcome in outcomes
        }


def expectation_verdict(
    connection: duckdb.DuckDBPyConnection, suite: Suite, rule: Rule, outcome: Any
) -> Verdict:
    """A verdict from what Great Expectations said; with a sample of rows where it is broken."""
    observed = readable(
        {
            name: value
            for name, value in outcome.result.items()
            if name in ("observed_value", "element_count", "unexpected_count", "unexpected_percent")
            and value is not None
        }
    )
    if outcome.raised is not None:
        message = f"could not be judged: {outcome.raised}"
        return verdict(suite, rule, "error", observed, [], message)
    if outcome.success:
        return verdict(suite, rule, "pass", observed, [], "holds")
    query = sample_query(suite, rule)
    sample = [readable(row) for row in rows_of(connection, query)] if query else []
    status: Status = "fail" if rule.severity == "critical" else "warn"
    return verdict(suite, rule, status, observed, sample, broken(rule, observed))


def judge_drifts(
    build_file: Path, published_file: Path | None, chosen: Sequence[tuple[Suite, Rule]]
) -> dict[tuple[str, str], Verdict]:
    """The verdicts of the drift rules."""
    drifts = [(suite, rule) for suite, rule in chosen if rule.is_drift]
    if not drifts:
        return {}
    has_published = published_file is not None and published_file.exists()
    verdicts = {}
    with closing(attached(build_file, published_file if has_published else None)) as connection:
        for suite, rule in drifts:
            try:
                finding = judge_drift(connection, suite, rule, has_published)
            except duckdb.Error as error:
                message = f"could not be judged: {str(error).strip().splitlines()[0]}"
                answer = verdict(suite, rule, "error", {}, [], message)
            else:
                answer = drift_verdict(suite, rule, finding)
            verdicts[suite.mart, rule.check_name] = answer
    return verdicts


def drift_verdict(suite: Suite, rule: Rule, finding: Finding) -> Verdict:
    """A verdict from what a drift rule found."""
    status: Status
    if finding.moved is None:
        status = "not_applicable"
    elif finding.moved:
        status = "fail" if rule.severity == "critical" else "warn"
    else:
        status = "pass"
    sample = [readable(row) for row in finding.sample]
    return verdict(suite, rule, status, readable(finding.observed), sample, finding.message)


def verdict(
    suite: Suite,
    rule: Rule,
    status: Status,
    observed: dict[str, Any],
    sample: list[dict[str, Any]],
    message: str,
) -> Verdict:
    """A verdict on a rule of a suite."""
    return Verdict(
        suite.mart,
        rule.check_name,
        rule.severity,
        status,
        observed,
        sample,
        message,
        "drift" if rule.is_drift else "gx",
        rule.rationale,
    )


def attached(build_file: Path, published_file: Path | None) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the build file and the published one attached, read-only."""
    connection = duckdb.connect()
    connection.execute(f"attach {quote(str(build_file.resolve()))} as build (read_only)")
    connection.execute("use build")
    if published_file is not None:
        path = quote(str(published_file.resolve()))
        connection.execute(f"attach {path} as published (read_only)")
    return connection


def sample_query(suite: Suite, rule: Rule) -> str:
    """The SQL that shows some rows that break a rule; empty where no single row does."""
    relation, arguments = f"build.{suite.mart}", rule.arguments
    if rule.type == SQL_RULE:
        query = arguments["unexpected_rows_query"].format(batch=relation)
        return f"from ({query}) limit {SAMPLE_ROWS}"
    condition = broken_condition(rule)
    if not condition:
        return ""
    shown = [*suite.grain, *(arguments[key] for key in COLUMN_ARGUMENTS if key in arguments)]
    columns = ", ".join(f'"{column}"' for column in dict.fromkeys(shown))
    return f"select {columns} from {relation} where {condition} limit {SAMPLE_ROWS}"


COLUMN_ARGUMENTS = ("column", "column_A", "column_B")


def broken_condition(rule: Rule) -> str:
    """The condition of a row that breaks a rule on values; empty for a rule on the whole column."""
    arguments = rule.arguments
    if rule.type == "expect_column_values_to_be_between":
        column = f'"{arguments["column"]}"'
        below = "<=" if arguments.get("strict_min") else "<"
        above = ">=" if arguments.get("strict_max") else ">"
        sides = [
            f"{column} {sign} {arguments[bound]}"
            for bound, sign in (("min_value", below), ("max_value", above))
            if arguments.get(bound) is not None
        ]
        return " or ".join(sides)
    if rule.type == "expect_column_values_to_be_in_set":
        values = ", ".join(quote(str(value)) for value in arguments["value_set"])
        return f'cast("{arguments["column"]}" as varchar) not in ({values})'
    if rule.type == "expect_column_values_to_not_be_null":
        return f'"{arguments["column"]}" is null'
    if rule.type == "expect_column_pair_values_a_to_be_greater_than_b":
        sign = "<" if arguments.get("or_equal") else "<="
        return f'"{arguments["column_A"]}" {sign} "{arguments["column_B"]}"'
    return ""


def broken(rule: Rule, observed: Mapping[str, Any]) -> str:
    """How much breaks a rule, in words."""
    if rule.type == SQL_RULE:
        return f"{observed.get('observed_value')} rows break it"
    bounds = ", ".join(
        f"{name} {value}" for name, value in rule.arguments.items() if name != "column"
    )
    about = f"{rule.arguments.get('column', '')} ({bounds})".strip()
    if "unexpected_count" in observed and "element_count" in observed:
        count, total = observed["unexpected_count"], observed["element_count"]
        return f"{count} of {total} rows break it: {about}"
    return f"observed {observed.get('observed_value')}: {about}"


def readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it: numbers, texts, booleans and nulls."""
    return {str(name): readable_value(value) for name, value in row.items()}


def readable_value(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, default=str)
