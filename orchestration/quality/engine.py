"""Great Expectations on a DuckDB file: its engine and data source, and one validation a mart.

Great Expectations has no DuckDB engine and closes a connection before it reads the result, which
empties a DuckDB result: engine and data source here keep one connection and take the schema once.
It bundles the aggregates of a table into one scan, but not queries, and looks for values that break
a rule in a scan of their own: the expectations here count rows as aggregates and fetch none.
Importing this module imports Great Expectations, which takes seconds: import it where a validation
begins.
"""

import logging
import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import sqlalchemy
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations import core
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.validator.validator import ValidationDependencies
from sqlalchemy import Connection

from orchestration.quality.suites import SQL_RULE, Rule

logging.getLogger("great_expectations").setLevel(logging.ERROR)


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """The SQLAlchemy engine with one connection that lives as long as the engine."""

    @contextmanager
    def get_connection(self) -> Generator[Connection, None, None]:
        """The one connection; a DuckDB result dies with the connection that made it."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        """Give the file back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBWarehouse(SQLDatasource):
    """A schema of a DuckDB file as a data source (`context.data_sources.add_duckdb_warehouse`)."""

    type: Literal["duckdb_warehouse"] = "duckdb_warehouse"  # type: ignore[assignment]  # GX's own way to register
    schema_name: str | None = None

    @property
    def schema_(self) -> str | None:
        """The schema of every table of this source."""
        return self.schema_name

    @property
    def execution_engine_type(self) -> Any:
        """The engine class."""
        return DuckDBExecutionEngine

    @classmethod
    def _get_exec_engine_excludes(cls) -> set[str]:
        return {*super()._get_exec_engine_excludes(), "schema_name"}


class RowsWhere(TableMetricProvider):
    """How many rows meet a condition: an aggregate, so that one scan answers for many."""

    metric_name = "table.rows_where"
    value_keys = ("condition",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations calls it on the class
        execution_engine: SqlAlchemyExecutionEngine,  # noqa: ARG002 - GX's signature
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],  # noqa: ARG002 - GX's signature
        runtime_configuration: dict[str, Any],  # noqa: ARG002 - GX's signature
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        # DuckDB stops at the first part of a condition that decides in a `case`, but not in a
        # `filter`: a rule that looks for a letter before it matches a pattern costs eight times
        # as much there.
        condition = metric_value_kwargs["condition"]
        count = f"coalesce(sum(case when {condition} then 1 else 0 end), 0)"
        return sqlalchemy.literal_column(count), metric_domain_kwargs, {}


class PassesAtZero:
    """An expectation that holds where its one metric, a count of rows, is zero."""

    metric_dependencies: ClassVar[tuple[str, ...]]

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - GX's signature
        execution_engine: Any = None,  # noqa: ARG002 - GX's signature
    ) -> dict[str, Any]:
        (name,) = self.metric_dependencies
        return {"success": metrics[name] == 0, "result": {"observed_value": metrics[name]}}


class ExpectNoRowsWhere(PassesAtZero, BatchExpectation):
    """No row of the table meets a condition in SQL."""

    condition: str
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.rows_where",)
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)


def counts_only(base: Any) -> None:
    """Register an expectation on the values of columns anew: one that fetches no values.

    It keeps its name and what it says of counts; the scan for the values falls away.
    """

    def get_validation_dependencies(
        self: Any, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> ValidationDependencies:
        needed: ValidationDependencies = base.get_validation_dependencies(
            self, execution_engine, runtime_configuration
        )
        needed.remove_metric_configuration(f"{self.map_metric}.unexpected_values")
        return needed

    names = {"__module__": __name__, "get_validation_dependencies": get_validation_dependencies}
    type(base)(base.__name__, (base,), names)


for each in (
    core.ExpectColumnValuesToBeBetween,
    core.ExpectColumnValuesToBeInSet,
    core.ExpectColumnValuesToNotBeNull,
    core.ExpectColumnPairValuesAToBeGreaterThanB,
):
    counts_only(each)


class ExpectNoRows(PassesAtZero, core.UnexpectedRowsExpectation):
    """UnexpectedRowsExpectation that counts the rows and does not fetch them: half the work."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations said of one rule. `raised` is the error that stopped it, or None."""

    check_name: str
    success: bool
    result: dict[str, Any]
    raised: str | None


class Validator:
    """Validates marts of one DuckDB file, opened read-only, one `validate` a mart."""

    def __init__(self, database: Path) -> None:
        self._database = database.resolve()
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # takes a dict
        self._sources: dict[str, Any] = {}
        self._batch: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for source in self._sources.values():
            source.get_execution_engine().close()
            source.get_engine().dispose()

    def _source(self, schema: str) -> Any:
        if schema not in self._sources:
            sources: Any = self._context.data_sources
            self._sources[schema] = sources.add_duckdb_warehouse(
                schema,
                connection_string=f"duckdb:///{self._database}",
                kwargs={"connect_args": {"read_only": True}},
                schema_name=schema,
            )
        return self._sources[schema]

    def validate(self, mart: str, rules: Sequence[Rule]) -> list[Outcome]:
        """Judge a mart by all its rules at once; a rule that raised says so, and never passes."""
        schema, table = mart.split(".")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                asset = self._source(schema).add_table_asset(mart, table_name=table)
                self._batch = asset.add_batch_definition_whole_table("whole").get_batch()
                outcomes = self._ask(mart, rules)
                # One rule that raises takes along those that share its scan: ask each on its own.
                if len(rules) > 1 and any(outcome.raised for outcome in outcomes):
                    outcomes = [self._ask(mart, [rule])[0] for rule in rules]
        except Exception as error:  # whatever stops it, every rule of the mart is an error
            return [Outcome(rule.check_name, False, {}, first_line(error)) for rule in rules]
        return outcomes

    def _ask(self, mart: str, rules: Sequence[Rule]) -> list[Outcome]:
        """One validation of the mart at hand; its outcomes in the order of the rules."""
        suite = gx.ExpectationSuite(mart, expectations=[expectation(rule) for rule in rules])
        outcomes = {}
        for each in self._batch.validate(suite, result_format="BASIC").results:
            answer = each.to_json_dict()
            name = answer["expectation_config"]["meta"]["check_name"]
            outcomes[name] = Outcome(
                name, bool(answer["success"]), answer["result"], raised(answer["exception_info"])
            )
        silent = "Great Expectations gave no result"
        return [
            outcomes.get(rule.check_name, Outcome(rule.check_name, False, {}, silent))
            for rule in rules
        ]


def expectation(rule: Rule) -> dict[str, Any]:
    """The rule as Great Expectations takes it: as a condition on rows where it is no more."""
    type_, arguments = rule.type, rule.arguments
    if rule.condition:
        type_, arguments = "expect_no_rows_where", {"condition": rule.condition}
    elif type_ == SQL_RULE:
        type_ = "expect_no_rows"
    return {
        "type": type_,
        "kwargs": arguments,
        "severity": rule.severity,
        "meta": {"check_name": rule.check_name},
    }


def first_line(error: object) -> str:
    """The first line of an error, which names what is wrong."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def raised(information: dict[str, Any]) -> str | None:
    """The error of an expectation that raised; its report is flat or one entry a metric."""
    entries = [information] if "raised_exception" in information else information.values()
    for entry in entries:
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return first_line(entry.get("exception_message") or "raised")
    return None
