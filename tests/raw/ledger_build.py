"""A real dbt build of the raw layer alone: ledgers, what counts, the row balance."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.raw.folder import ROOT

RUN_AT = "2026-07-01T12:00:00Z"
MODELS = ["+quality__rejected_rows", "+quality__row_balance", "+intermediate__counted_orders"]


def utc(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0
) -> datetime:
    """A timestamp as DuckDB gives it back: UTC, without a zone."""
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC).replace(tzinfo=None)


class Ledgers:
    """The build file of a raw folder up to its counted orders."""

    def __init__(self, raw: Path, warehouse: Path, as_of: str = "", **variables: Any) -> None:
        """Build; raises AssertionError with what dbt printed where it fails."""
        self.build_file = warehouse / "build.duckdb"
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("dbt")), "build", "--select", *MODELS),
                *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
                *("--target-path", str(warehouse / "target"), "--vars", json.dumps(variables)),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "RAW_DIR": str(raw),
                "WAREHOUSE_DIR": str(warehouse),
                "AS_OF": as_of,
                "RUN_AT": RUN_AT,
                "DBT_LOG_PATH": str(warehouse / "logs"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the build file; timestamps of the ledgers are UTC."""
        with duckdb.connect(str(self.build_file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def reasons(self) -> dict[tuple[str, str, int], str]:
        """Reason of each rejected row by table, file and row."""
        query = "select raw_table, file, file_row, reason from quality.rejected_rows"
        return {(table, file, row): reason for table, file, row, reason in self.rows(query)}

    def balance(self) -> dict[str, tuple[int, ...]]:
        """Raw, rejected, superseded, not yet visible and staged rows of each table with rows."""
        query = (
            "select raw_table, raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows, "
            "staged_rows from quality.row_balance where raw_rows > 0"
        )
        return {table: tuple(counts) for table, *counts in self.rows(query)}
