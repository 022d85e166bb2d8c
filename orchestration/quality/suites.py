"""The reviewed expectation files: one YAML a mart, read strictly.

`expectations/<schema>/<mart>.yml` is a list of rules, each with name, type, arguments, severity and
rationale. Whatever does not fit the contract of its mart is refused with one message that names
file and rule, before anything is judged.
"""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

RULE_KEYS = ("name", "type", "arguments", "severity", "rationale")
SEVERITIES = ("critical", "warning")
SQL_RULE = "unexpected_rows_expectation"
DRIFT = "drift_"
COMPLETE = "is_complete"
# A SQL rule that begins so and has none of these words looks at each row by itself.
ROWS_WHERE = re.compile(r"^\s*select\s+\*\s+from\s+\{batch\}\s+where\s+")
MORE_THAN_ROWS = re.compile(
    r"\b(select|group|having|qualify|order|limit|window|over|union|intersect|except)\b|--|[{};]",
    re.IGNORECASE,
)
TEXTS = re.compile(r"'[^']*'")


@dataclass(frozen=True)
class Kind:
    """The arguments of a type of rule; those in `columns` name one column or a list of them."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset({"column"})


def kind(required: str, optional: str = "", columns: str = "column") -> Kind:
    """A kind from words."""
    return Kind(*(frozenset(words.split()) for words in (required, optional, columns)))


BOUNDS = "min_value max_value strict_min strict_max"
KINDS = {
    "expect_table_row_count_to_be_between": kind("", "min_value max_value"),
    "expect_column_values_to_be_between": kind("column", f"{BOUNDS} mostly"),
    "expect_column_values_to_be_in_set": kind("column value_set", "mostly"),
    "expect_column_values_to_not_be_null": kind("column", "mostly"),
    "expect_column_mean_to_be_between": kind("column", BOUNDS),
    "expect_column_max_to_be_between": kind("column", BOUNDS),
    "expect_column_sum_to_be_between": kind("column", BOUNDS),
    "expect_column_distinct_values_to_equal_set": kind("column value_set"),
    "expect_column_pair_values_a_to_be_greater_than_b": kind(
        "column_A column_B", "or_equal ignore_row_if mostly", "column_A column_B"
    ),
    SQL_RULE: kind("unexpected_rows_query"),
    "no_contact_data": kind("", "except", "except"),
    "counts_not_negative": kind("columns", "", "columns"),
    "parts_within_wholes": kind("parts", "", "parts"),
    "ratios_follow_counts": kind("ratios", "", "ratios"),
    "drift_row_count": kind("max_change"),
    "drift_total": kind("column max_change", "where"),
    "drift_shares": kind("group_by max_change", "column where", "column group_by"),
    "drift_restatement": kind("columns max_change", "where", "columns"),
    "drift_sudden_drop": kind("table max_ratio days compare_days look_back_days min_rows"),
}

# As written inside a query that Great Expectations formats: no braces.
EMAIL = r'[^\s@"][@][^\s@"\\]'
PHONE = r'(^|["|])[+][0-9]' + "[0-9 ()./-]" * 6 + r'[0-9 ()./-]*[0-9]($|["|])'


class SuiteError(Exception):
    """An expectation file is refused; the message names file, rule and what is wrong."""


@dataclass(frozen=True)
class Rule:
    """One rule of a mart. `severity` critical blocks the publication, warning does not."""

    check_name: str
    type: str
    arguments: dict[str, Any]
    severity: str
    rationale: str

    @property
    def condition(self) -> str:
        """The condition of the rows that break a SQL rule; empty where it is more than that."""
        query = str(self.arguments.get("unexpected_rows_query", ""))
        condition = ROWS_WHERE.sub("", query)
        is_more = condition == query or MORE_THAN_ROWS.search(TEXTS.sub("''", condition))
        return "" if is_more else condition.strip()

    @property
    def is_drift(self) -> bool:
        """Whether our own SQL judges it, against the published file or the raw data."""
        return self.type.startswith(DRIFT)


@dataclass(frozen=True)
class Suite:
    """The rules of a mart (`schema.name`); `grain` are the columns that name a row of it."""

    mart: str
    rules: tuple[Rule, ...]
    grain: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(default=(), repr=False)


def load_suites(expectations_dir: Path, manifest: Mapping[str, Any]) -> list[Suite]:
    """All suites, by mart. Raises SuiteError for the first thing that is wrong."""
    marts = {
        f"{node['schema']}.{node['alias']}": node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }
    suites = []
    with closing(duckdb.connect()) as contracts:
        for name, node in marts.items():
            columns = ", ".join(
                f'"{column}" {each["data_type"]}' for column, each in node["columns"].items()
            )
            contracts.execute(f"create schema if not exists {node['schema']}")
            contracts.execute(f"create table {name} ({columns})")
        for path in sorted(expectations_dir.rglob("*.y*ml")):
            where = path.relative_to(expectations_dir.parent)
            mart = ".".join(path.relative_to(expectations_dir).with_suffix("").parts)
            if path.suffix != ".yml" or mart not in marts:
                raise SuiteError(f"{where}: there is no published mart {mart}")
            node = marts[mart]
            rules = read_rules(where, path, node["columns"], mart, contracts)
            grain = tuple(node["config"]["meta"].get("grain", ()))
            suites.append(Suite(mart, rules, grain, tuple(node["columns"])))
    return suites


def read_rules(
    where: Path,
    path: Path,
    columns: Mapping[str, Any],
    mart: str,
    contracts: duckdb.DuckDBPyConnection,
) -> tuple[Rule, ...]:
    """The rules of one file, each judged on its own; raises SuiteError."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SuiteError(f"{where}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(entries, list) or not entries:
        raise SuiteError(f"{where}: must be a list of rules")
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        name = entry.get("name") if isinstance(entry, dict) else None
        label = f"{where}, rule {name or number}"
        problem = problem_of(entry, columns)
        if not problem and name in {rule.check_name for rule in rules}:
            problem = "the name is taken by another rule"
        problem = problem or sql_problem(entry, mart, contracts)
        if problem:
            raise SuiteError(f"{label}: {problem}")
        rules.append(rule_of(entry, columns))
    return tuple(rules)


def rule_of(entry: Mapping[str, Any], columns: Mapping[str, Any]) -> Rule:
    """The rule as it is judged: our own short types become SQL that shows the broken rows."""
    type_, arguments = entry["type"], entry["arguments"]
    if type_ in SHORT_TYPES:
        condition = SHORT_TYPES[type_](columns, arguments) or "false"
        query = f"select * from {{batch}} where {condition}"
        type_, arguments = SQL_RULE, {"unexpected_rows_query": query}
    return Rule(entry["name"], type_, arguments, entry["severity"], entry["rationale"].strip())


def has_contact_data(columns: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Rows with an e-mail address or an international phone number in a text column."""
    texts = [
        f'"{name}"'
        for name, column in columns.items()
        if column["data_type"] == "varchar" and name not in arguments.get("except", ())
    ]
    return " or ".join(
        f"(contains({text}, '@') and regexp_matches({text}, '{EMAIL}'))"
        f" or (contains({text}, '+') and regexp_matches({text}, '{PHONE}'))"
        for text in texts
    )


def is_negative(_: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Rows with a count below zero; columns: the counts."""
    return " or ".join(f'"{column}" < 0' for column in arguments["columns"])


def exceeds_whole(_: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Rows with a part that is larger than its whole; parts: part → whole."""
    return " or ".join(f'"{part}" > "{whole}"' for part, whole in arguments["parts"].items())


def departs_from_counts(columns: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Rows with a ratio that its parts do not give; ratios: ratio → [numerator, denominator].

    Null exactly where the denominator is zero or null, or the numerator null. A decimal may be off
    by its rounding to four places.
    """
    conditions = []
    for ratio, (numerator, denominator) in arguments["ratios"].items():
        rounding = 0.00006 if columns[ratio]["data_type"].startswith("decimal") else 0
        quotient = f'(cast("{numerator}" as double) / nullif(cast("{denominator}" as double), 0))'
        conditions += [
            f'abs("{ratio}" - {quotient}) > {rounding} + 1e-9 * (1 + abs({quotient}))',
            f'("{ratio}" is null) <> ({quotient} is null)',
        ]
    return " or ".join(conditions)


SHORT_TYPES = {
    "no_contact_data": has_contact_data,
    "counts_not_negative": is_negative,
    "parts_within_wholes": exceeds_whole,
    "ratios_follow_counts": departs_from_counts,
}


def problem_of(entry: Any, columns: Mapping[str, Any]) -> str:
    """What is wrong with a rule as written, or an empty text."""
    if not isinstance(entry, dict):
        return "must be a mapping"
    unknown = sorted(set(entry) - set(RULE_KEYS))
    missing = [key for key in RULE_KEYS if not entry.get(key) and not is_empty_mapping(entry, key)]
    if unknown or missing:
        return f"unknown key {unknown[0]}" if unknown else f"{missing[0]} is missing"
    if not str(entry["name"]).isidentifier():
        return "the name must be an identifier"
    if not isinstance(entry["rationale"], str) or not entry["rationale"].strip():
        return "rationale is missing"
    if entry["severity"] not in SEVERITIES:
        return f"severity must be one of {', '.join(SEVERITIES)}, not {entry['severity']}"
    if entry["type"] not in KINDS:
        return f"unknown type {entry['type']}"
    return arguments_problem(entry["type"], entry["arguments"], columns)


def is_empty_mapping(entry: Mapping[str, Any], key: str) -> bool:
    """Whether the key is there and deliberately empty."""
    return entry.get(key) == {}


def arguments_problem(rule_type: str, arguments: Any, columns: Mapping[str, Any]) -> str:
    """What is wrong with the arguments of a rule, or an empty text."""
    if not isinstance(arguments, dict):
        return "arguments must be a mapping"
    allowed = KINDS[rule_type]
    unknown = sorted(set(arguments) - allowed.required - allowed.optional)
    missing = sorted(allowed.required - set(arguments))
    if unknown or missing:
        return f"unknown argument {unknown[0]}" if unknown else f"argument {missing[0]} is missing"
    if rule_type == "drift_restatement" and COMPLETE not in columns:
        return f"the mart has no column {COMPLETE}, which says what is past"
    for argument in sorted(allowed.columns & set(arguments)):
        for column in named_columns(arguments[argument]):
            if column not in columns:
                return f"{argument}: the mart has no column {column}"
    return ""


def named_columns(argument: Any) -> list[Any]:
    """The columns in an argument: one, a list, or a mapping of columns to columns."""
    if isinstance(argument, dict):
        return [*argument, *(name for value in argument.values() for name in named_columns(value))]
    return argument if isinstance(argument, list) else [argument]


def sql_problem(entry: Mapping[str, Any], mart: str, contracts: duckdb.DuckDBPyConnection) -> str:
    """What DuckDB says of the rule's SQL against empty tables of the contracts."""
    arguments = entry["arguments"]
    try:
        if "unexpected_rows_query" in arguments:
            query = arguments["unexpected_rows_query"]
            if "{batch}" not in query:
                return "the SQL must read from {batch}"
            contracts.execute(f"explain {query.format(batch=mart)}")
        if "where" in arguments:
            contracts.execute(f"explain select * from {mart} where {arguments['where']}")
    except (duckdb.Error, KeyError, IndexError, ValueError) as error:
        return f"the SQL does not fit the contract: {str(error).strip().splitlines()[0]}"
    return ""
