"""Raw folders for tests, and the registration of one in a DuckDB connection without dbt."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.raw_files import Plan, plan_registration, raw_contract

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "as_of": "",
    "run_at": "2026-07-01T12:00:00Z",
    "business_timezone": "UTC",
    "source_timezone": "UTC",
    "reporting_currency": "USD",
    "max_rejected_share": 0.05,
    "vars_fingerprint": "test",
}
Content: TypeAlias = str | bytes | Any  # text, bytes, or a pyarrow table


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]], end: str = "\n") -> str:
    """A CSV file: a header and rows, None as an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def write_folder(folder: Path, files: Mapping[str, Content]) -> Path:
    """Write files by their paths below the folder: text, bytes or a Parquet table."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def plan_folder(folder: Path, **settings: Any) -> Plan:
    """The plan of registration of a raw folder."""
    return plan_registration(raw_contract(), {**SETTINGS, "raw_dir": str(folder), **settings})


def register(folder: Path, **settings: Any) -> duckdb.DuckDBPyConnection:
    """A connection with the relations of schema raw, made as the macro makes them."""
    plan = plan_folder(folder, **settings)
    assert plan.errors == []
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for statement in plan.statements:
        connection.execute(statement)
    return connection
