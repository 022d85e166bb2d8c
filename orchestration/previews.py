"""What the UI shows of a table: rows, columns, the newest rows as Markdown, two as pictures."""

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.manifest import built_nodes, is_in_ledger_stage
from orchestration.raw_files import identifier

PREVIEW_ROWS = 8
PREVIEW_COLUMNS = 9


@dataclass
class Preview:
    """Metadata of one table, empty where the table was not built."""

    rows: int | None = None
    columns: list[dg.TableColumn] = field(default_factory=list)
    table: str = ""
    picture: str = ""
    relation: str = ""

    def metadata(self) -> dict[str, Any]:
        """As Dagster's metadata."""
        known: dict[str, Any] = {}
        if self.rows is not None:
            known["dagster/row_count"] = self.rows
        if self.relation:
            known["dagster/table_name"] = self.relation
        if self.columns:
            known["dagster/column_schema"] = dg.TableSchema(columns=self.columns)
        if self.table:
            known["preview"] = dg.MetadataValue.md(self.table)
        if self.picture:
            known["picture"] = dg.MetadataValue.md(self.picture)
        return known


def preview_marts(
    build_file: Path, manifest: Mapping[str, Any], ledger: bool
) -> dict[str, Preview]:
    """The previews of a stage's tables by `schema.table`; empty where there is no build file."""
    if not build_file.exists():
        return {}
    previews: dict[str, Preview] = {}
    with closing(duckdb.connect(str(build_file), read_only=True)) as connection:
        counts = {
            f"{schema}.{name}": rows
            for schema, name, rows in connection.execute(
                "select schema_name, table_name, estimated_size from duckdb_tables()"
            ).fetchall()
        }
        for node in built_nodes(manifest).values():
            relation = f"{node['schema']}.{node['alias']}"
            if is_in_ledger_stage(node) != ledger:
                continue
            preview = Preview(rows=counts.get(relation), relation=relation)
            preview.columns = [
                dg.TableColumn(name, each["data_type"] or "?", each["description"])
                for name, each in node["columns"].items()
            ]
            if node["schema"] == "metrics" and relation in counts:
                try:
                    preview.table = markdown_rows(connection, relation, node)
                    if draw := PICTURES.get(relation):
                        preview.picture = draw(connection)
                except duckdb.Error as error:  # a preview is not worth a failed build
                    preview.table = f"No preview: {error}"
            previews[relation] = preview
    return previews


def markdown_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, node: Mapping[str, Any]
) -> str:
    """The newest rows of a metric mart (Gregorian months where it has periods) as Markdown."""
    names = list(node["columns"])[:PREVIEW_COLUMNS]
    grain = node["config"]["meta"].get("grain", [])
    filters = {"calendar": "gregorian", "period_grain": "month"}
    where = " and ".join(f"{name} = '{filters[name]}'" for name in grain if name in filters)
    order = ", ".join(f"{identifier(name)} desc" for name in grain) or "1"
    rows = connection.execute(
        f"select {', '.join(map(identifier, names))} from {relation}"
        f" where {where or 'true'} order by {order} limit {PREVIEW_ROWS}"
    ).fetchall()
    return markdown_table(names, rows)


def markdown_table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as a Markdown table; null is empty."""
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(cell_text(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def cell_text(cell: Any) -> str:
    """A cell for people: floats with four digits, null as nothing."""
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell).replace("|", "\\|")


def picture_markdown(chart: Any, text: str) -> str:
    """A chart as a PNG inside Markdown."""
    import vl_convert

    image = vl_convert.vegalite_to_png(json.dumps(chart.to_dict()), scale=1)
    return f"![{text}](data:image/png;base64,{base64.b64encode(image).decode()})"


def draw_cohorts(connection: duckdb.DuckDBPyConnection) -> str:
    """Monthly cohorts as a heat map of their retention rate."""
    import altair

    rows = connection.execute(
        """
        select strftime(cohort_month, '%Y-%m'), month_number, retention_rate
        from metrics.retention_cohorts
        where calendar = 'gregorian' and is_complete and month_number between 1 and 12
        order by all
        """
    ).fetchall()
    values = [{"cohort": cohort, "month": month, "rate": rate} for cohort, month, rate in rows]
    chart = (
        altair.Chart({"values": values}, title="Share of a cohort that buys again")
        .mark_rect()
        .encode(
            x=altair.X("month:O", title="Months after the first order"),
            y=altair.Y("cohort:O", title="First order"),
            color=altair.Color("rate:Q", title="Rate", scale=altair.Scale(scheme="blues")),
        )
        .properties(width=360, height=max(120, 11 * len({row[0] for row in rows})))
    )
    return picture_markdown(chart, "Retention by cohort")


def draw_flow(connection: duckdb.DuckDBPyConnection) -> str:
    """Customers in and out by month, and how many stay active."""
    import altair

    rows = connection.execute(
        """
        select period_start, new_customers, reactivated_customers, -churned_customers, customers_end
        from metrics.customer_flow
        where calendar = 'gregorian' and period_grain = 'month'
        order by period_start desc
        limit 24
        """
    ).fetchall()
    kinds = ("new", "reactivated", "churned")
    bars = [
        {"month": str(row[0]), "kind": kind, "customers": row[position]}
        for row in rows
        for position, kind in enumerate(kinds, start=1)
    ]
    ends = [{"month": str(row[0]), "customers": row[4]} for row in rows]
    flow = (
        altair.Chart({"values": bars}, title="Customers in and out")
        .mark_bar()
        .encode(
            x=altair.X("yearmonth(month):O", title=None),
            y=altair.Y("customers:Q", title="Customers in and out"),
            color=altair.Color(
                "kind:N",
                title=None,
                scale=altair.Scale(domain=kinds, range=["#2a7ab9", "#8cc3e6", "#d1495b"]),
            ),
        )
        .properties(width=480, height=200)
    )
    active = (
        altair.Chart({"values": ends})
        .mark_line(point=True, color="#444444")
        .encode(
            x=altair.X("yearmonth(month):O", title=None),
            y=altair.Y("customers:Q", title="Active at the end"),
        )
        .properties(width=480, height=120)
    )
    return picture_markdown(altair.vconcat(flow, active), "Customer flow")


def draw_backtest(connection: duckdb.DuckDBPyConnection) -> str:
    """Order days a customer in the holdout, by order days before: real, predicted, naive."""
    import altair

    rows = connection.execute(
        """
        select
            frequency_class,
            actual_orders / customers,
            predicted_orders / customers,
            naive_orders / customers
        from metrics.clv_backtest
        where frequency_class <> 'all'
        order by all
        """
    ).fetchall()
    chart = lines(
        rows,
        {"real": "#444444", "predicted": "#2a7ab9", "naive rate": "#d1495b"},
        "Backtest: order days a customer",
        altair.X("x:O", title="Order days after the first, in the calibration"),
        altair.Y("y:Q", title="Order days in the holdout"),
        point=True,
    )
    return picture_markdown(chart, "Predicted against real order days")


def lines(
    rows: Sequence[Sequence[Any]], kinds: Mapping[str, str], title: str, x: Any, y: Any, **mark: Any
) -> Any:
    """A line for each kind, by its colour: a row is a value of x and one of each kind, or null."""
    import altair

    values = [
        {"x": row[0], "kind": kind, "y": row[position]}
        for row in rows
        for position, kind in enumerate(kinds, start=1)
        if row[position] is not None
    ]
    scale = altair.Scale(domain=list(kinds), range=list(kinds.values()))
    return (
        altair.Chart({"values": values}, title=title)
        .mark_line(**mark)
        .encode(x=x, y=y, color=altair.Color("kind:N", title=None, scale=scale))
        .properties(width=480, height=240)
    )


def draw_survival(connection: duckdb.DuckDBPyConnection) -> str:
    """Share of subscribers left by renewal, observed and fitted."""
    import altair

    rows = connection.execute(
        "select period_number, observed_survival, fitted_survival"
        " from metrics.subscription_retention order by all"
    ).fetchall()
    chart = lines(
        rows,
        {"observed": "#444444", "fitted": "#2a7ab9"},
        "Subscribers who are left",
        altair.X("x:Q", title="Renewals"),
        altair.Y("y:Q", title="Share", scale=altair.Scale(domain=[0, 1])),
    )
    return picture_markdown(chart, "Survival of subscriptions")


PICTURES = {
    "metrics.retention_cohorts": draw_cohorts,
    "metrics.customer_flow": draw_flow,
    "metrics.clv_backtest": draw_backtest,
    "metrics.subscription_retention": draw_survival,
}


def raw_tables(build_file: Path) -> dict[str, dict[str, Any]]:
    """Rows, files and matched columns of every raw table that RAW_DIR has."""
    if not build_file.exists():
        return {}
    with closing(duckdb.connect(str(build_file), read_only=True)) as connection:
        is_registered = connection.execute(
            "select count(*) from duckdb_tables()"
            " where schema_name || '.' || table_name = 'raw.files'"
        ).fetchall()[0][0]
        if not is_registered:
            return {}
        files = connection.execute(
            "select raw_table, count(*), sum(size_bytes) from raw.files group by raw_table"
        ).fetchall()
        rows = {}
        if connection.execute(
            "select count(*) from duckdb_tables() where schema_name || '.' || table_name"
            " = 'quality.row_balance'"
        ).fetchall()[0][0]:
            rows = dict(
                connection.execute("select raw_table, raw_rows from quality.row_balance").fetchall()
            )
        matches = connection.execute(
            """
            select distinct raw_table, column_name, kind, coalesce(source_name, '') as source_name
            from raw.column_matches
            order by all
            """
        ).fetchall()
    found: dict[str, dict[str, Any]] = {}
    for table, count, size in files:
        of_table = [match[1:] for match in matches if match[0] == table]
        found[table] = {
            "files": int(count),
            "bytes": int(size),
            "matched columns": dg.MetadataValue.md(
                markdown_table(["column", "matched as", "in the files"], of_table)
            ),
        }
        if table in rows:
            found[table]["dagster/row_count"] = int(rows[table])
    return found
