"""The Superset dashboard as a bundle: a zip that any Superset imports.

What is drawn stands in dashboard.yml; columns and their descriptions come from the published file.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import duckdb
import yaml

SPECIFICATION = Path(__file__).with_name("dashboard.yml")
DATABASE = "retention_marts"
KINDS = {
    "line": "echarts_timeseries_line",
    "bar": "echarts_timeseries_bar",
    "stack": "echarts_timeseries_bar",
    "heatmap": "heatmap_v2",
    "table": "table",
}
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Column:
    """A column of a published table, as Superset lists it."""

    name: str
    kind: str
    comment: str | None


def write_bundle(published: Path, bundle: Path) -> None:
    """Write the zip for a published file; the same file makes the same zip."""
    specification = yaml.safe_load(SPECIFICATION.read_text("utf-8"))
    with closing(duckdb.connect(str(published.resolve()), read_only=True)) as connection:
        files = dict(bundle_files(specification, published, connection))
    with ZipFile(bundle, "w") as archive:
        for path, content in files.items():
            text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
            archive.writestr(ZipInfo(f"retention/{path}"), text, ZIP_DEFLATED)


def bundle_files(
    specification: Mapping[str, Any], published: Path, connection: duckdb.DuckDBPyConnection
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file of the bundle: its path and what it says."""
    published_at = connection.execute(
        "select max(published_at) from quality.publication"
    ).fetchall()
    yield (
        "metadata.yaml",
        {"version": "1.0.0", "type": "Dashboard", "timestamp": published_at[0][0].isoformat()},
    )
    yield f"databases/{DATABASE}.yaml", database(published)
    for table in sorted({chart["table"] for chart in specification["charts"]}):
        yield (
            f"datasets/{DATABASE}/{table.replace('.', '_')}.yaml",
            dataset(table, columns_of(connection, table)),
        )
    for chart in specification["charts"]:
        yield f"charts/{file_name(chart['name'])}.yaml", chart_file(chart)
    yield f"dashboards/{specification['slug']}.yaml", dashboard(specification)


def identity(kind: str, name: str) -> str:
    """A UUID that stays the same from bundle to bundle, so that an import replaces."""
    return str(uuid5(NAMESPACE_URL, f"retention_marts/{kind}/{name}"))


def file_name(text: str) -> str:
    """A name in lower case without spaces."""
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[Column]:
    """The columns of a published table, in order."""
    rows = connection.execute(
        "select column_name, data_type, comment from duckdb_columns()"
        " where schema_name || '.' || table_name = ? order by column_index",
        [table],
    ).fetchall()
    return [Column(*row) for row in rows]


def database(published: Path) -> dict[str, Any]:
    """The published file as a database that nobody can write to."""
    return {
        "database_name": "Retention marts",
        "sqlalchemy_uri": f"duckdb:///{published.absolute()}",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"engine_params": {"connect_args": {"read_only": True}}},
        "uuid": identity("database", DATABASE),
        "version": "1.0.0",
    }


def dataset(table: str, columns: list[Column]) -> dict[str, Any]:
    """A published table with its columns and what they mean."""
    schema, name = table.split(".")
    return {
        "table_name": name,
        "schema": schema,
        "uuid": identity("dataset", table),
        "database_uuid": identity("database", DATABASE),
        "columns": [
            {
                "column_name": column.name,
                "type": column.kind,
                "is_dttm": column.kind in ("DATE", "TIMESTAMP"),
                "description": column.comment,
                "groupby": True,
                "filterable": True,
            }
            for column in columns
        ],
        "metrics": [],
        "version": "1.0.0",
    }


def metric(column: str) -> dict[str, Any]:
    """The cell of a column: the rows are chosen so that there is one to a point of the chart."""
    return {
        "expressionType": "SQL",
        "sqlExpression": f"max({column})",
        "label": column,
        "optionName": f"metric_{column}",
    }


def chart_file(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A chart: what the page draws and what the API answers."""
    where = chart["where"]
    figures = [metric(column) for column in chart.get("figures", [])]
    by = [chart["by"]] if "by" in chart else []
    rows = {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": where}
    parameters: dict[str, Any] = {
        "viz_type": KINDS[chart["kind"]],
        "adhoc_filters": [rows],
        "row_limit": MOST_ROWS,
    }
    query: dict[str, Any] = {"extras": {"where": f"({where})"}, "row_limit": MOST_ROWS}
    if chart["kind"] == "table":
        newest_first = [[chart["columns"][0], False]]
        parameters |= {
            "query_mode": "raw",
            "all_columns": chart["columns"],
            "order_by_cols": [json.dumps(each) for each in newest_first],
            "table_timestamp_format": "%Y-%m-%d",
            "server_page_length": 10,
            "page_length": 10,
        }
        query |= {"columns": chart["columns"], "metrics": None, "orderby": newest_first}
    else:
        query |= {
            "columns": [chart["x"], *by],
            "metrics": figures,
            "orderby": [[column, True] for column in (chart["x"], *by)],
        }
        parameters |= {"x_axis": chart["x"], "y_axis_format": chart.get("format", "SMART_NUMBER")}
        if chart["kind"] == "heatmap":
            parameters |= {
                "groupby": by[0],
                "metric": figures[0],
                "sort_x_axis": "alpha_asc",
                "sort_y_axis": "alpha_asc",
                "normalize_across": "heatmap",
                "linear_color_scheme": "superset_seq_1",
                "show_legend": True,
                "show_values": True,
            }
        else:
            parameters |= {
                "groupby": by,
                "metrics": figures,
                "time_grain_sqla": "P1D",
                "x_axis_time_format": "%Y-%m-%d",
                "stack": "Stack" if chart["kind"] == "stack" else None,
                "show_legend": True,
                "rich_tooltip": True,
                "zoomable": False,
            }
    return {
        "slice_name": chart["name"],
        "viz_type": parameters["viz_type"],
        "params": parameters,
        "query_context": json.dumps(
            {
                "datasource": {"id": 0, "type": "table"},
                "force": False,
                "queries": [query],
                "form_data": parameters,
                "result_format": "json",
                "result_type": "full",
            }
        ),
        "uuid": identity("chart", chart["name"]),
        "dataset_uuid": identity("dataset", chart["table"]),
        "version": "1.0.0",
    }


def dashboard(specification: Mapping[str, Any]) -> dict[str, Any]:
    """The page: charts in rows of twelve columns."""
    rows: list[list[tuple[int, Mapping[str, Any]]]] = [[]]
    for number, chart in enumerate(specification["charts"], start=1):
        if sum(each["width"] for _, each in rows[-1]) + chart["width"] > 12:
            rows.append([])
        rows[-1].append((number, chart))
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": specification["title"]},
        },
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "parents": ["ROOT_ID"],
            "children": [f"ROW-{row}" for row in range(len(rows))],
        },
    }
    for row, charts in enumerate(rows):
        position[f"ROW-{row}"] = {
            "type": "ROW",
            "id": f"ROW-{row}",
            "parents": ["ROOT_ID", "GRID_ID"],
            "children": [f"CHART-{number}" for number, _ in charts],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for number, chart in charts:
            position[f"CHART-{number}"] = {
                "type": "CHART",
                "id": f"CHART-{number}",
                "parents": ["ROOT_ID", "GRID_ID", f"ROW-{row}"],
                "children": [],
                "meta": {
                    "chartId": number,
                    "uuid": identity("chart", chart["name"]),
                    "sliceName": chart["name"],
                    "width": chart["width"],
                    "height": 50,
                },
            }
    return {
        "dashboard_title": specification["title"],
        "slug": specification["slug"],
        "uuid": identity("dashboard", specification["slug"]),
        "position": position,
        "metadata": {"cross_filters_enabled": True},
        "published": True,
        "version": "1.0.0",
    }
