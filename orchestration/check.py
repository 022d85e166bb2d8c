"""`make check`: would this RAW_DIR build? What each column was matched to, what would be rejected,
which metrics the data allows. Nothing is published and the warehouse is not touched."""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.dbt_run import DbtFailedError, read_manifest, run_dbt
from orchestration.settings import Settings, SettingsError, read_settings

# Every mart reads these for its clock, its first period and what to make again; that does not make
# it fed by all.
CLOCKS = (
    "quality__row_balance",
    "staging__run_context",
    "intermediate__source_ranges",
    "staging__touched_customers",
    "staging__touched_order_rows",
    "staging__touched_orders",
    "intermediate__touched_people",
    "staging__touched_session_rows",
    "staging__touched_visitors",
)
SELECTION = ["+quality__row_balance", "+quality__rejected_rows", "staging__run_context"]


def print_rows(console: Console, title: str, names: list[str], rows: Iterable[Any]) -> None:
    """Print rows as a table under a title."""
    table = Table(*names, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)


def matches(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Table, contract column, what it was matched to and in how many files of the table."""
    return connection.execute(
        """
        select
            raw_table,
            column_name,
            case kind
                when 'column' then 'column ' || source_name
                when 'constant' then 'constant ' || source_name
                else 'absent, reads as null'
            end as matched_to,
            any_value(source_type) as type,
            count(*) as files
        from raw.column_matches
        group by raw_table, column_name, matched_to
        order by raw_table, min(rowid)
        """
    ).fetchall()


def balance(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The row balance of the tables that have rows, with the reasons of rejection."""
    return connection.execute(
        """
        with reasons as (
            select raw_table, string_agg(reason || ' ' || times, ', ' order by reason) as reasons
            from (
                select raw_table, reason, count(*) as times
                from quality.rejected_rows
                group by raw_table, reason
            )
            group by raw_table
        )
        select
            raw_table, raw_rows, staged_rows, superseded_rows, not_yet_visible_rows,
            rejected_rows, reasons
        from quality.row_balance
        left join reasons using (raw_table)
        where raw_rows > 0
        order by raw_table
        """
    ).fetchall()


def raw_tables_of(manifest: Mapping[str, Any], node: str) -> set[str]:
    """The raw tables that a model reads, however far upstream."""
    tables: set[str] = set()
    waiting, seen = [node], set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        source = manifest["sources"].get(current)
        if source and source["config"]["meta"].get("kind") == "events":
            tables.add(source["name"])
        for parent in manifest["parent_map"].get(current, []):
            if not parent.endswith(CLOCKS):
                waiting.append(parent)
    return tables


def metrics_allowed(manifest: Mapping[str, Any], present: set[str]) -> list[tuple[str, str, str]]:
    """For each published mart: whether the data feeds it, from which tables, what is missing."""
    rows = []
    for unique_id, node in manifest["nodes"].items():
        is_mart = node["resource_type"] == "model" and node["schema"] in ("customers", "metrics")
        if not is_mart or node["alias"] == "calendar":
            continue
        read = raw_tables_of(manifest, unique_id) - {"fx_rates"}
        needed = set(node["config"]["meta"].get("needs", ["orders"]))
        verdict = (
            "yes" if needed <= present else f"empty without {', '.join(sorted(needed - present))}"
        )
        rows.append(
            (
                f"{node['schema']}.{node['alias']}",
                verdict,
                ", ".join(sorted(read & present)),
            )
        )
    return sorted(rows)


def rejects_too_many(connection: duckdb.DuckDBPyConnection, limit: float) -> list[str]:
    """The tables that reject a larger share of their rows than a build allows."""
    rows = connection.execute(
        """
        select raw_table, rejected_rows, raw_rows
        from quality.row_balance
        where rejected_rows > ? * raw_rows
        order by raw_table
        """,
        [limit],
    ).fetchall()
    return [
        f"{table}: {rejected} of {total} rows would be rejected"
        f" ({rejected / total:.1%}, limit {limit:.1%})"
        for table, rejected, total in rows
    ]


def report(settings: Settings, console: Console) -> list[str]:
    """Print what the scratch build found; returns what would stop a build."""
    manifest = read_manifest(settings)
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as connection:
        names = ["table", "column", "matched to", "type", "files"]
        print_rows(console, "Columns", names, matches(connection))
        as_of = connection.execute("select as_of from staging.run_context").fetchall()[0][0]
        names = ["table", "raw", "staged", "superseded", "not yet visible", "rejected", "reasons"]
        print_rows(console, f"Rows, as of {as_of}", names, balance(connection))
        present = {
            name
            for (name,) in connection.execute(
                "select raw_table from raw.tables where is_present"
            ).fetchall()
        }
        limit_row = connection.execute("select max_rejected_share from raw.run_request").fetchall()
        stops = rejects_too_many(connection, float(limit_row[0][0]))
    names = ["mart", "has data", "fed by"]
    print_rows(console, "Metrics", names, metrics_allowed(manifest, present))
    return stops


def main() -> int:
    """Check RAW_DIR in a scratch warehouse; 0 where a build would go through."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        settings = read_settings()
    except SettingsError as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 1
    with tempfile.TemporaryDirectory(prefix="retention_marts_check_") as scratch:
        settings = replace(settings, warehouse_dir=Path(scratch))
        try:
            run_dbt(
                settings,
                ["build", "--select", *SELECTION, "--resource-type", "model", "seed"],
            )
            stops = report(settings, console)
        except (DbtFailedError, OSError) as error:
            stops = [str(error)]
    for stop in stops:
        console.print(f"A build would stop: {stop}", style="red", highlight=False, markup=False)
    if not stops:
        console.print("A build would go through.", style="green")
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
