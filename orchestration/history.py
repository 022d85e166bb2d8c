"""The marts as known at past month ends: built in a scratch warehouse, kept in one history file."""

import re
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.manifest import stage_arguments
from orchestration.publish import Mart, published_marts, sync
from orchestration.raw_files import identifier, quote
from orchestration.run_record import open_run
from orchestration.settings import Settings

SCRATCH = "backfill"


def scratch_settings(settings: Settings, as_of: date) -> Settings:
    """The same raw folder on a warehouse of its own, knowing only what was known on that day."""
    return replace(
        settings,
        warehouse_dir=settings.warehouse_dir / SCRATCH,
        as_of=as_of.isoformat(),
        known_at=as_of.isoformat(),
    )


def build_as_known(settings: Settings, as_of: date) -> dict[str, int]:
    """Build and judge the marts as known on a day and put them into the history file.

    Returns the rows of each mart. The live warehouse is not touched. Raises DbtFailedError,
    PublicationRefusedError or WarehouseBusyError as a build does.
    """
    scratch = scratch_settings(settings, as_of)
    with open_run(scratch) as record:
        # What another month, or a run that was killed, left knows other rows.
        for path in scratch.warehouse_dir.glob("build.duckdb*"):
            path.unlink()
        record.run_stage(True, stage_arguments(True))
        record.fit()
        record.run_stage(False, stage_arguments(False))
        record.refuse_unjudged()
        rows = add_to_history(
            settings.history_file, scratch.build_file, published_marts(record.manifest), as_of
        )
        record.is_reported = True
    scratch.build_file.unlink()
    return rows


def add_to_history(
    history_file: Path, build_file: Path, marts: list[Mart], as_of: date
) -> dict[str, int]:
    """Make a history file that also holds the marts of a build; rows by mart.

    Works on a copy and renames it: who reads the history keeps what he opened, and a death leaves
    the file as it was.
    """
    copy = history_file.with_name(f".{history_file.name}.unfinished")
    for leftover in history_file.parent.glob(f"{copy.name}*"):
        leftover.unlink()
    if history_file.exists():
        shutil.copyfile(history_file, copy)
    rows = replace_day(copy, build_file, marts, as_of)
    sync(copy)
    copy.replace(history_file)
    sync(history_file.parent)
    return rows


def replace_day(file: Path, build_file: Path, marts: list[Mart], as_of: date) -> dict[str, int]:
    """Replace what a history holds of a day by the marts of a build; rows by mart."""
    rows: dict[str, int] = {}
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(f"attach {quote(str(build_file))} as build (read_only)")
        connection.execute("begin")
        for mart in marts:
            relation = f"{mart.schema}.{identifier(mart.name)}"
            ensure_table(connection, mart, relation)
            connection.execute(f"delete from {relation} where as_of = ?", [as_of])
            names = ", ".join(identifier(name) for name in mart.columns if name != "as_of")
            inserted = connection.execute(
                f"insert into {relation} (as_of, {names}) select cast(? as date), {names}"
                f" from build.{relation}",
                [as_of],
            ).fetchall()
            rows[f"{mart.schema}.{mart.name}"] = inserted[0][0]
        connection.execute("commit")
        connection.execute("detach build")
        connection.execute("checkpoint")
    return rows


def ensure_table(connection: duckdb.DuckDBPyConnection, mart: Mart, relation: str) -> None:
    """Make a mart's table with a leading as_of, or add the columns it has got since."""
    types = {name: column_type(column) for name, column in mart.columns.items() if name != "as_of"}
    columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in types.items())
    connection.execute(f"create schema if not exists {mart.schema}")
    connection.execute(f"create table if not exists {relation} (as_of date not null, {columns})")
    for name, kind in types.items():
        connection.execute(
            f"alter table {relation} add column if not exists {identifier(name)} {kind}"
        )


def column_type(column: Mapping[str, Any]) -> str:
    """The type of a contract column."""
    return str(column["data_type"])


def month_end(partition_key: str) -> date:
    """The last day of a month like 2026-06; raises ValueError for any other text."""
    if not re.fullmatch(r"\d{4}-\d{2}", partition_key):
        raise ValueError(f"{partition_key}: not a month like 2026-06")
    year, month = map(int, partition_key.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
