"""What `make build` prints at its end: headline numbers, what was rejected, where the file is."""

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

# The newest complete month and the one before it, each number as its mart has it.
HEADLINES = """
with months as (
    select
        flow.period_start,
        row_number() over (order by flow.period_start desc) as age,
        flow.customers_end as "Active customers",
        flow.new_customers as "New customers",
        flow.churn_rate as "Churn rate",
        flow.retention_rate as "Retention rate",
        repeat.buyers as "Buyers",
        repeat.cumulative_repeat_rate as "Repeat rate, all time",
        revenue.orders as "Orders",
        revenue.net_revenue as "Net revenue",
        revenue.average_order_value as "Average order value",
        nps.nps as "NPS"
    from metrics.customer_flow as flow
    left join metrics.repeat_purchase as repeat using (calendar, period_grain, period_start)
    left join metrics.revenue as revenue using (calendar, period_grain, period_start)
    left join metrics.nps as nps
        on
            nps.calendar = flow.calendar
            and nps.period_grain = flow.period_grain
            and nps.period_start = flow.period_start
            and nps.segment_type = 'all'
    where
        flow.calendar = 'gregorian'
        and flow.period_grain = 'month'
        and flow.is_complete
)
select * exclude (age) from months where age <= 2 order by period_start
"""


def print_summary(published_file: Path, console: Console) -> None:
    """Print the headline KPIs as a table, what was rejected, and the path of the published file."""
    with closing(duckdb.connect(str(published_file.resolve()), read_only=True)) as connection:
        cursor = connection.execute(HEADLINES)
        names = [column[0] for column in cursor.description or ()]
        months = cursor.fetchall()
        publication = connection.execute(
            "select as_of, version from quality.publication order by version desc limit 1"
        ).fetchall()[0]
        rejected = connection.execute(
            "select raw_table, reason, count(*) from quality.rejected_rows"
            " group by all order by all"
        ).fetchall()
        raw_rows = connection.execute("select sum(raw_rows) from quality.row_balance").fetchall()
    console.print(headline_table(names, months, str(publication[0])))
    if rejected:
        total = sum(count for _, _, count in rejected)
        console.print(f"Rejected: {total} of {raw_rows[0][0]} raw rows (quality.rejected_rows)")
        for line in rejection_lines(rejected):
            console.print(f"  {line}", highlight=False, soft_wrap=True)
    else:
        console.print("Rejected: none")
    console.print(f"Published {publication[1]}: {published_file}", soft_wrap=True)


def headline_table(names: list[str], months: list[tuple[Any, ...]], as_of: str) -> Table:
    """The headline numbers of the newest complete months, one column a month."""
    table = Table(title=f"Headline KPIs as of {as_of}", title_justify="left")
    table.add_column("KPI")
    for month in months:
        table.add_column(f"{month[0]:%Y-%m}", justify="right")
    for position, name in enumerate(names[1:], start=1):
        table.add_row(name, *(format_value(name, month[position]) for month in months))
    return table


def format_value(name: str, value: Any) -> str:
    """A number as people read it: rates in percent, money with two decimals, none as a dash."""
    if value is None:
        return "-"
    if "rate" in name.lower():
        return f"{value:.1%}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if name != "NPS" else f"{value:.1f}"


def rejection_lines(rejected: list[tuple[str, str, int]]) -> list[str]:
    """One line a raw table: how many rows fell for which reason."""
    by_table: dict[str, list[str]] = {}
    for table, reason, count in rejected:
        by_table.setdefault(table, []).append(f"{count} {reason}")
    return [f"{table}: {', '.join(reasons)}" for table, reasons in by_table.items()]
