"""Great Expectations and drift as checks: one function for every suite of expectations/."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.models import MANIFEST, POOL
from orchestration.quality.judge import Verdict
from orchestration.quality.suites import Suite, load_suites
from orchestration.run_record import RunRecord
from orchestration.settings import PROJECT_DIR


def check_result(verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it, its observed numbers as metadata for the UI to plot.

    A rule that could not be judged is an error whatever its severity.
    """
    metadata: dict[str, Any] = {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in verdict.observed.items()
    }
    metadata |= {"verdict": verdict.status, "message": verdict.message}
    if verdict.sample:
        metadata["sample"] = dg.MetadataValue.json([*map(plain_row, verdict.sample)])
    is_error = verdict.severity == "critical" or verdict.status == "error"
    return dg.AssetCheckResult(
        asset_key=verdict.mart.split("."),
        check_name=verdict.check_name,
        passed=verdict.status in ("pass", "not_applicable"),
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description=verdict.message,
        metadata=metadata,
    )


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """A sample row in values that JSON knows."""
    return {
        name: value if isinstance(value, int | float | str) or value is None else str(value)
        for name, value in row.items()
    }


def suite_checks(suite: Suite) -> dg.AssetChecksDefinition:
    """All rules of one mart as one step."""
    key = dg.AssetKey(suite.mart.split("."))
    specs = [
        dg.AssetCheckSpec(
            name=rule.check_name,
            asset=key,
            blocking=rule.severity == "critical",
            description=rule.rationale,
            metadata={"rule": rule.type, "arguments": dg.MetadataValue.json(dict(rule.arguments))},
        )
        for rule in suite.rules
    ]

    @dg.multi_asset_check(
        name=f"judge_{suite.mart.replace('.', '__')}",
        specs=specs,
        can_subset=True,
        pool=POOL,
        required_resource_keys={"warehouse"},
    )
    def judge_mart(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        record: RunRecord = context.resources.warehouse
        wanted = {key.name for key in context.selected_asset_check_keys}
        for verdict in record.judge(suite.mart, wanted):
            yield check_result(verdict)

    return judge_mart


@dg.definitions
def checks() -> dg.Definitions:
    """The checks of every suite."""
    suites = load_suites(PROJECT_DIR / "expectations", MANIFEST)
    return dg.Definitions(asset_checks=[suite_checks(suite) for suite in suites])
