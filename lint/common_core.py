"""Compiled models keep to the SQL that DuckDB and Spark share.

Every model is compiled once more with the Spark variant of each dispatched macro in place of the
DuckDB one, and the result must parse as Spark SQL, call only functions that Spark 3.5 has, and hold
none of the constructs that parse on both and mean something else. No Spark is needed.
"""

import re
from collections.abc import Iterator

import sqlglot
from dbt.contracts.graph.manifest import Manifest
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from lint.finding import Finding
from lint.project import CompiledModel, copy_of

# Functions of Spark 3.5 that a model may come out with. Add a name once it has run on Spark.
SPARK_FUNCTIONS = frozenset(
    """
    abs aggregate any_value approx_percentile array array_contains array_distinct array_except
    array_join array_max array_min array_sort array_union avg bigint bool_and bool_or bround cast
    ceil ceiling char_length coalesce collect_list collect_set concat concat_ws contains corr count
    count_if covar_pop covar_samp cume_dist current_date date_add date_format date_sub date_trunc
    datediff day dayofmonth dayofweek dayofyear dense_rank element_at exp explode explode_outer
    expm1 extract filter first first_value floor forall from_json from_unixtime from_utc_timestamp
    get_json_object greatest hash hour if ifnull initcap inline instr isnan isnotnull isnull
    json_tuple kurtosis lag last last_day last_value lead least left length ln locate log log10
    log1p log2 lower lpad ltrim make_date make_timestamp map map_from_entries map_keys map_values
    max max_by md5 mean median min min_by minute mod month named_struct nth_value ntile nullif nvl
    percent_rank percentile percentile_cont percentile_disc pmod posexplode pow power quarter rank
    regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace repeat
    replace reverse right round row_number rpad rtrim second sequence sha2 sign size skewness slice
    sort_array split split_part sqrt stack stddev stddev_pop stddev_samp string struct substr
    substring sum timestamp_micros timestamp_millis timestamp_seconds timestampadd timestampdiff
    to_date to_json to_timestamp to_timestamp_ntz to_utc_timestamp transform transform_keys
    transform_values translate trim trunc try_add try_cast try_divide try_to_number
    try_to_timestamp typeof unbase64 unhex unix_date unix_micros unix_millis unix_seconds
    unix_timestamp upper var_pop var_samp variance weekday weekofyear width_bucket xxhash64 year
    zip_with
    """.split()
)
# Words that a bracket may follow without a function being called.
NOT_CALLS = frozenset(
    """
    all and any as between by case char cross decimal distinct else except exists filter final from
    full group having in inner intersect interval is join lateral left like limit not on or order
    over partition right rollup row rows select semi set some string table then timestamp union
    unpivot using values varchar view when where window with within
    """.split()
)
# Functions of both that do not mean the same.
DIFFERENT_FUNCTIONS = {
    "date_sub": "subtracts days in Spark, counts them in DuckDB",
    "dayofweek": "counts Sunday as 1 in Spark, as 0 in DuckDB",
    "first": "takes any row unless ordered",
    "hash": "gives other numbers",
    "last": "takes any row unless ordered",
    "log": "is natural in Spark, decimal in DuckDB: write ln or log10",
    "regexp_extract": "takes group 1 in Spark, the whole match in DuckDB",
    "regexp_replace": "replaces all in Spark, the first in DuckDB",
    "split": "takes a pattern in Spark, text in DuckDB",
    "trunc": "cuts dates in Spark, numbers in DuckDB",
    "typeof": "names types in another way",
}
# Each would make a result depend on when it is made; run_context holds the moment of the run.
CLOCK = frozenset(
    "current_date current_time current_timestamp curdate getdate localtime localtimestamp "
    "now today transaction_timestamp".split()
)
CLOCK_CALLS = frozenset({"now", "today"})  # elsewhere these may be names of columns
RANDOM = frozenset({"gen_random_uuid", "rand", "randn", "random", "setseed", "uuid"})

SPARK_TYPES = frozenset(
    exp.DataType.build(each, dialect="spark").this
    for each in (
        *("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal"),
        *("string", "varchar(1)", "char(1)", "date", "timestamp", "timestamp_ntz", "binary"),
        *("array<int>", "map<int, int>", "struct<a: int>", "interval day"),
    )
) | {exp.DType.TIMESTAMP}  # the parser's own, around the argument of from_utc_timestamp
TOKENS_ELSEWHERE = {
    TokenType.DCOLON: "`::` is not Spark: write cast(x as t)",
    TokenType.L_BRACKET: "brackets are a list or an index; Spark counts from 0",
    TokenType.L_BRACE: "a struct or map literal in braces is DuckDB only",
    TokenType.DSTAR: "`**` is DuckDB only: write power(x, y)",
}


def as_spark(manifest: Manifest) -> Manifest:
    """A copy of the project in which every duckdb__ macro is its spark__ twin.

    `is_incremental()` is left as it is. A duckdb__ macro without a twin stays, and what it makes is
    judged as Spark SQL like everything else.
    """
    copy = copy_of(manifest)
    spark = {
        macro.name: macro for macro in copy.macros.values() if macro.name.startswith("spark__")
    }
    for macro in copy.macros.values():
        if macro.name.startswith("duckdb__") and macro.package_name == copy.metadata.project_name:
            twin = spark.get("spark__" + macro.name.removeprefix("duckdb__"))
            if twin is not None:
                macro.macro_sql = re.sub(
                    rf"\bmacro\s+{twin.name}\b", f"macro {macro.name}", twin.macro_sql, count=1
                )
    return copy


def as_incremental(manifest: Manifest) -> Manifest:
    """A copy of the project in which every incremental model is compiled for a later run."""
    copy = copy_of(manifest)
    copy.macros["macro.dbt.is_incremental"].macro_sql = (
        "{% macro is_incremental() %}"
        "{{ return(model.config.materialized == 'incremental') }}"
        "{% endmacro %}"
    )
    return copy


def relation_names(manifest: Manifest) -> list[str]:
    """Every relation as dbt writes it into SQL, in quotes, with what keeps its rows of before."""
    nodes = [*manifest.nodes.values(), *manifest.sources.values()]
    names = {name: node for node in nodes if (name := getattr(node, "relation_name", None))}
    kept = {name for name, node in names.items() if node.config.meta.get("keeps_before")}
    return sorted(names.keys() | {f'{name[:-1]}__before"' for name in kept})


def check_spark(model: CompiledModel, duckdb_sql: str, relations: list[str]) -> list[Finding]:
    """Findings of one model compiled as Spark.

    `duckdb_sql` is the same model compiled for DuckDB: a function that stands in both comes from
    the model's own text, not from a dispatched macro. `relations` as relation_names() gives them.
    """
    sql = model.sql
    for relation in relations:
        sql = sql.replace(relation, relation.replace('"', "`"))
    try:
        tokens = sqlglot.tokenize(sql, dialect="spark")
        tree = sqlglot.parse_one(sql, dialect="spark")
    except SqlglotError as error:
        first = re.sub(r"\x1b\[\d*m", "", str(error)).strip().splitlines()
        return [Finding(model.path, "spark-syntax", " ".join(first[:2]))]
    on_both = _calls(tokens) & _calls(sqlglot.tokenize(duckdb_sql, dialect="duckdb"))
    messages = [
        *_token_messages(sql, tokens),
        *_tree_messages(tree),
        *(f"{name}() {DIFFERENT_FUNCTIONS[name]}" for name in on_both & DIFFERENT_FUNCTIONS.keys()),
    ]
    return sorted({Finding(model.path, "common-core", message) for message in messages})


def check_clock(model: CompiledModel) -> list[Finding]:
    """Findings on clocks, random numbers and undeclared reads of run_context, in any dialect."""
    tokens = sqlglot.tokenize(model.sql, dialect="duckdb")
    names = set()
    for before, token, after in _windows(tokens):
        word, called = token.text.lower(), after is not None and after.text == "("
        if word in CLOCK_CALLS | RANDOM and called:
            names.add(f"{word}()")
        elif word in CLOCK - CLOCK_CALLS and (before is None or before.text not in {".", "as"}):
            names.add(word)
    findings = [
        Finding(model.path, "clock", f"{name} changes from run to run: take it from run_context")
        for name in names
    ]
    reads = any(token.text.lower().endswith("run_context") for token in tokens)
    makes = model.name.endswith("run_context")
    if reads and not makes and not model.reads_run_context:
        findings.append(
            Finding(
                model.path,
                "run-context",
                "reads run_context: nothing before the last step depends on as_of; where this is "
                "the last step, say config.meta.reads_run_context: true",
            )
        )
    return sorted(findings)


def _windows(tokens: list[Token]) -> Iterator[tuple[Token | None, Token, Token | None]]:
    return zip([None, *tokens[:-1]], tokens, [*tokens[1:], None], strict=True)


def _calls(tokens: list[Token]) -> set[str]:
    """Lower-case names that an opening bracket follows."""
    return {
        token.text.lower()
        for before, token, after in _windows(tokens)
        if (before is None or before.text.lower() != "as")
        and after is not None
        and after.text == "("
        and re.fullmatch(r"[a-zA-Z_]\w*", token.text)
        and token.token_type != TokenType.STRING
    }


def _token_messages(sql: str, tokens: list[Token]) -> Iterator[str]:
    for name in _calls(tokens) - SPARK_FUNCTIONS - NOT_CALLS:
        yield f"{name}() is not a known function of Spark 3.5: a dispatched macro is needed"
    for before, token, after in _windows(tokens):
        word = token.text.lower()
        if token.token_type in TOKENS_ELSEWHERE:
            yield TOKENS_ELSEWHERE[token.token_type]
        if token.token_type == TokenType.STRING and sql[token.start] == '"':
            yield f'"{token.text}" is a string in Spark: name it without quotes'
        if after is None:
            continue
        if word == "timestamptz":
            yield "timestamptz is not a type of Spark: a dispatched macro is needed"
        if word == "nulls" and after.text == ")" and before and before.text.lower() == "ignore":
            yield "`ignore nulls` inside the brackets is DuckDB only: a dispatched macro is needed"
        if before is not None and before.text.lower() == "as" and after.text == ")":
            if word == "varchar":
                yield "cast as varchar wants a length in Spark: write string"
            if word == "text":
                yield "text is not a type of Spark: write string"


def _has_alternatives(condition: exp.Expr | None) -> bool:
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return any(isinstance(part and part.unnest(), exp.Or) for part in parts)


def _tree_messages(tree: exp.Expr) -> Iterator[str]:
    if not isinstance(tree, exp.Query):
        yield "not a query that the parser knows"
    for node in tree.walk():
        match node:
            case exp.Qualify():
                yield "qualify is not Spark: filter in a subquery"
            case exp.With() if node.args.get("recursive"):
                yield "recursive queries are not Spark"
            case exp.Unnest():
                yield "unnest is not Spark: a dispatched macro is needed"
            case exp.Distinct() if node.args.get("on"):
                yield "distinct on is not Spark: number the rows and keep the first"
            case exp.Star() if any(node.args.get(key) for key in ("except_", "replace", "rename")):
                yield "a star that leaves out or replaces columns is not Spark"
            case exp.Pivot():
                yield "pivot differs: write the columns out"
            case exp.ArrayAgg() if node.find(exp.Order):
                yield "array_agg with an order is not Spark: a dispatched macro is needed"
            case exp.Join() if node.args.get("kind") in {"SEMI", "ANTI"} or node.method:
                yield f"{node.args.get('kind') or node.method} joins differ: write [not] exists"
            case exp.Join() if node.side and _has_alternatives(node.args.get("on")):
                yield "an outer join on an or is a nested loop in DuckDB: compare with a default"
            case exp.WindowSpec() if node.text("kind").upper() == "RANGE" and node.find(
                exp.Interval
            ):
                yield "a range frame over an interval is not Spark: number the days"
            case exp.TimestampTrunc() | exp.DateTrunc() if not isinstance(node.parent, exp.Cast):
                yield "date_trunc gives a date or a timestamp: write cast(date_trunc(...) as date)"
            case exp.Cast() if node.to.this not in SPARK_TYPES:
                yield f"{node.to.sql('duckdb').lower()} is not a type that both know"
            case _:
                pass
