"""Month ends as they were known then: one partition a month, a backfill builds a range of them."""

import dagster as dg

from orchestration.history import build_as_known, month_end
from orchestration.settings import project_var, read_settings

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date="1990-01",
    fmt="%Y-%m",
    timezone=str(project_var(read_settings(), "business_timezone")),
)


@dg.op(
    pool="history",
    description="Build in a scratch warehouse from the rows known at the month's end.",
)
def build_month_end(context: dg.OpExecutionContext) -> None:
    """The marts of one month end into $WAREHOUSE_DIR/history.duckdb."""
    settings = read_settings()
    rows = build_as_known(settings, month_end(context.partition_key))
    context.log.info(f"{settings.history_file}: {sum(rows.values())} rows of {len(rows)} marts")
    context.add_output_metadata({"file": str(settings.history_file), **rows})


@dg.job(
    partitions_def=MONTHS,
    executor_def=dg.in_process_executor,
    description="The marts as known at a month end, into the history file; never the live build.",
)
def month_end_as_known() -> None:
    """One partition a month."""
    build_month_end()
