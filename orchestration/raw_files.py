"""Find the user's raw files and plan how they become the relations of schema `raw`.

Pure planning: nothing here touches the warehouse. `plan_registration` looks at RAW_DIR, matches
columns with the contract (the dbt sources of `raw`) and returns SQL statements, the file registry
and a list of errors, each naming file, table and column. The macro `register_raw_tables` runs it.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import yaml

FORMATS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
HEADER_BYTES = 1 << 20


class RawInputError(Exception):
    """Something the user can mend: the message names the file, table or column."""


@dataclass(frozen=True)
class RawFile:
    """One file of one raw table; `name` is its path below RAW_DIR."""

    table: str
    name: str
    path: Path
    format: str


@dataclass(frozen=True)
class Match:
    """What a contract column was matched to in one file: a column of it, a constant, or nothing."""

    raw_table: str
    column_name: str
    file_name: str
    kind: str
    source_name: str | None
    source_type: str


@dataclass
class Plan:
    """SQL statements in order, the registry, the matches, warnings and errors."""

    statements: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def file_format(name: str) -> str | None:
    """`parquet` or `csv` by the ending of the file's name; None for any other."""
    lowered = name.lower()
    return next((kind for end, kind in FORMATS.items() if lowered.endswith(end)), None)


def stem(name: str) -> str:
    """The file's name without its raw ending: `orders.csv.gz` is `orders`."""
    lowered = name.lower()
    ending = max((end for end in FORMATS if lowered.endswith(end)), key=len, default="")
    return name[: len(name) - len(ending)] if ending else name


def find_files(raw_dir: Path, tables: Iterable[str], plan: Plan) -> dict[str, list[RawFile]]:
    """The files of each raw table, sorted by name; what belongs to no table is warned of."""
    if not raw_dir.exists():
        raise RawInputError(f"RAW_DIR {raw_dir}: no such folder")
    if not raw_dir.is_dir():
        raise RawInputError(f"RAW_DIR {raw_dir}: is a file, not a folder of raw tables")
    found: dict[str, list[RawFile]] = {table: [] for table in tables}
    for entry in list_folder(raw_dir):
        table = stem(entry.name) if file_format(entry.name) else entry.name
        if entry.name.startswith((".", "_")) or entry.name == "columns.yml":
            continue
        if table not in found:
            plan.warnings.append(f"{entry.name}: no table of the raw contract; not read")
        elif found[table]:
            plan.errors.append(
                f"{table}: both {found[table][0].name} and {entry.name} are there; keep one"
            )
        elif entry.is_dir():
            found[table] = files_of_folder(raw_dir, entry, table, plan)
        elif kind := file_format(entry.name):
            found[table] = [RawFile(table, entry.name, entry.resolve(), kind)]
        else:
            plan.errors.append(f"{table}: {entry.name} is neither a folder nor Parquet or CSV")
    return found


def files_of_folder(raw_dir: Path, folder: Path, table: str, plan: Plan) -> list[RawFile]:
    """The Parquet and CSV files directly in a table's folder."""
    files = []
    for entry in list_folder(folder):
        name = entry.relative_to(raw_dir).as_posix()
        if entry.name.startswith((".", "_")):
            continue
        kind = file_format(entry.name)
        if kind is None or entry.is_dir():
            plan.warnings.append(f"{name}: neither Parquet nor CSV; not read")
        else:
            files.append(RawFile(table, name, entry.resolve(), kind))
    return files


def list_folder(folder: Path) -> list[Path]:
    """The entries of a folder by name; raises RawInputError where it cannot be read."""
    try:
        return sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise RawInputError(f"{folder}: cannot be read ({error.strerror})") from error


def csv_header(file: RawFile) -> list[str]:
    """The column names in the first record of a CSV file; an empty file has none."""
    try:
        with open_csv(file.path) as stream:
            text = stream.read(HEADER_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, EOFError) as error:
        raise RawInputError(f"{file.name}: cannot be read ({error})") from error
    return [name.strip() for name in next(csv.reader(io.StringIO(text, newline="")), [])]


def open_csv(path: Path) -> Any:
    """The bytes of a CSV file, unpacked where it is gzipped."""
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def parquet_columns(file: RawFile, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Column names and DuckDB types of a Parquet file."""
    try:
        rows = connection.execute(
            f"describe select * from read_parquet({quote(str(file.path))})"
        ).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise RawInputError(f"{file.name}: not a readable Parquet file ({reason})") from error
    return {row[0]: row[1] for row in rows}


def file_columns(file: RawFile, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Column names and types of a raw file; every CSV column is text."""
    if file.format == "parquet":
        return parquet_columns(file, connection)
    header = csv_header(file)
    if not header or header == [""]:
        raise RawInputError(f"{file.name}: table {file.table} has no header line")
    if doubled := sorted({name for name in header if header.count(name) > 1}):
        raise RawInputError(f"{file.name}: table {file.table} names column {doubled[0]} twice")
    return dict.fromkeys(header, "VARCHAR")


def read_renames(raw_dir: Path, contract: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """columns.yml: for each table, contract column → column of the files or `{constant: value}`."""
    path = raw_dir / "columns.yml"
    if not path.exists():
        return {}
    try:
        renames = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RawInputError(
            f"columns.yml: cannot be read ({str(error).splitlines()[0]})"
        ) from error
    if not isinstance(renames, dict) or not all(
        isinstance(columns, dict) for columns in renames.values()
    ):
        raise RawInputError("columns.yml: write `table: {contract_column: Column In The File}`")
    for table, columns in renames.items():
        if table not in contract:
            raise RawInputError(f"columns.yml: no table {table} in the raw contract")
        for column, source in columns.items():
            if column not in contract[table]["columns"]:
                raise RawInputError(f"columns.yml: table {table} has no column {column}")
            if isinstance(source, dict) and set(source) != {"constant"}:
                raise RawInputError(
                    f"columns.yml: {table}.{column}: write a column's name or {{constant: value}}"
                )
    return renames


def match_columns(
    file: RawFile,
    found: Mapping[str, str],
    columns: Mapping[str, Any],
    renames: Mapping[str, Any],
) -> tuple[list[Match], list[str]]:
    """Match the contract's columns with those of one file, by name whatever its case."""
    by_name: dict[str, list[str]] = {}
    for name in found:
        by_name.setdefault(name.strip().lower(), []).append(name)
    matches, errors = [], []
    for column, meta in columns.items():
        wanted = renames.get(column, column)
        if isinstance(wanted, dict):
            constant = wanted["constant"]
            matches.append(
                Match(file.table, column, file.name, "constant", str(constant), "VARCHAR")
            )
            continue
        candidates = [str(wanted)] if wanted in found else by_name.get(str(wanted).lower(), [])
        if len(candidates) > 1:
            errors.append(f"{file.name}: table {file.table}, column {column}: {candidates} all fit")
        elif candidates:
            source = candidates[0]
            matches.append(Match(file.table, column, file.name, "column", source, found[source]))
        elif meta.get("required"):
            errors.append(
                f"{file.name}: table {file.table} has no column {wanted}, which is required. "
                f"It has: {', '.join(found)}. Name the right one in columns.yml."
            )
        else:
            matches.append(Match(file.table, column, file.name, "absent", None, "VARCHAR"))
    return matches, errors


def column_sql(match: Match, meta: Mapping[str, Any], as_text: bool) -> str:
    """One column of a raw relation; types stay as they came, save what ledgers cannot take."""
    if match.source_name is None:
        return "cast(null as varchar)"
    if match.kind == "constant":
        return quote(match.source_name)
    source, kind = identifier(match.source_name), match.source_type.upper()
    is_number = kind.startswith(
        ("TINY", "SMALL", "INT", "BIG", "HUGE", "U", "DEC", "DOUBLE", "FLOAT")
    )
    if meta["type"] in ("id", "text", "boolean") and kind in ("DOUBLE", "FLOAT"):
        whole = f"try_cast({source} as bigint)"
        return (
            f"case when {whole} = {source} then cast({whole} as varchar)"
            f" else cast({source} as varchar) end"
        )
    if kind.startswith("TIMESTAMP_"):
        source, kind = f"cast({source} as timestamp)", "TIMESTAMP"
    keep = {
        "timestamp": kind in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
        "boolean": kind == "BOOLEAN",
    }.get(meta["type"], is_number and meta["type"] not in ("id", "text"))
    return source if keep and not as_text else f"cast({source} as varchar)"


def csv_source(file: RawFile, header: Sequence[str]) -> str:
    """read_csv with nothing sniffed: every column text, lines that do not fit kept apart."""
    columns = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({quote(str(file.path))}, columns = {{{columns}}}, header = true, delim = ',',"
        " quote = '\"', escape = '\"', auto_detect = false, strict_mode = true,"
        " store_rejects = true, rejects_limit = 0, rejects_table = 'raw_reject_errors',"
        " rejects_scan = 'raw_reject_scans')"
    )


def select_file(
    file: RawFile, header: Sequence[str], columns: Mapping[str, Any], expressions: Mapping[str, str]
) -> str:
    """One file as rows of its raw relation: file name, row number, contract columns."""
    if file.format == "parquet":
        row = "file_row_number + 1"
        source = f"read_parquet({quote(str(file.path))}, file_row_number = true)"
    else:
        row, source = "row_number() over ()", csv_source(file, header)
    cells = [f"{quote(file.name)} as file_name", f"cast({row} as bigint) as file_row"]
    cells += [f"{expressions[column]} as {column}" for column in columns]
    return f"select {', '.join(cells)} from {source}"


def plan_table(
    table: str,
    files: Sequence[RawFile],
    spec: Mapping[str, Any],
    renames: Mapping[str, Any],
    plan: Plan,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Add the statements that make raw.<table> from its files; an absent table has no rows."""
    columns = spec["columns"]
    headers: dict[str, list[str]] = {}
    by_file: dict[str, dict[str, Match]] = {}
    for file in files:
        try:
            found = file_columns(file, connection)
        except RawInputError as error:
            plan.errors.append(str(error))
            continue
        matches, errors = match_columns(file, found, columns, renames)
        plan.errors += errors
        plan.matches += matches
        headers[file.name] = list(found)
        by_file[file.name] = {match.column_name: match for match in matches}
    for column, wanted in renames.items():
        is_named = isinstance(wanted, str) and files and not plan.errors
        if is_named and all(by_file[file.name][column].kind == "absent" for file in files):
            plan.errors.append(f"columns.yml: no file of {table} has a column {wanted} ({column})")
    if plan.errors:
        return
    mixed = {
        column
        for column in columns
        if len({types[column].source_type for types in by_file.values()}) > 1
    }
    parts: dict[str, list[str]] = {"csv": [], "parquet": []}
    for file in files:
        expressions = {
            column: column_sql(by_file[file.name][column], meta, column in mixed)
            for column, meta in columns.items()
        }
        parts[file.format].append(select_file(file, headers[file.name], columns, expressions))
    selects = parts["parquet"]
    if parts["csv"]:
        landed = f"raw.{table}_csv"
        plan.statements.append(
            f"create or replace table {landed} as {' union all '.join(parts['csv'])}"
        )
        selects = [*selects, f"select * from {landed}"]
    if not files:
        cells = ["cast(null as varchar) as file_name", "cast(null as bigint) as file_row"]
        cells += [f"cast(null as varchar) as {column}" for column in columns]
        selects = [f"select {', '.join(cells)} where false"]
    plan.statements.append(f"create or replace view raw.{table} as {' union all '.join(selects)}")


def registry_row(file: RawFile) -> dict[str, Any]:
    """What the registry keeps of a file: path, size in bytes, time of change (UTC), SHA-256."""
    digest = hashlib.sha256()
    try:
        status = file.path.stat()
        with file.path.open("rb") as stream:
            while chunk := stream.read(1 << 22):
                digest.update(chunk)
    except OSError as error:
        raise RawInputError(f"{file.name}: cannot be read ({error.strerror})") from error
    return {
        "raw_table": file.table,
        "file_name": file.name,
        "format": file.format,
        "size_bytes": status.st_size,
        "modified_at": datetime.fromtimestamp(status.st_mtime, UTC)
        .replace(tzinfo=None)
        .isoformat(),
        "content_hash": digest.hexdigest(),
    }


def rows_sql(
    relation: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Statements that make a small table with these typed columns and rows."""
    create = ", ".join(f"{name} {kind}" for name, kind in types.items())
    statements = [f"create or replace table {relation} ({create})"]
    for start in range(0, len(rows), 500):
        values = ", ".join(
            "("
            + ", ".join("null" if row[name] is None else quote(str(row[name])) for name in types)
            + ")"
            for row in rows[start : start + 500]
        )
        statements.append(f"insert into {relation} values {values}")
    return statements


def run_request(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The one row with the clock of every model; raises RawInputError for a bad AS_OF or zone."""
    zones = {}
    for name in ("business_timezone", "source_timezone"):
        try:
            zones[name] = ZoneInfo(settings[name])
        except (KeyError, ValueError, OSError) as error:
            raise RawInputError(f"var {name}: no time zone {settings[name]}") from error
    try:
        run_at = (
            datetime.fromisoformat(settings["run_at"]) if settings["run_at"] else datetime.now(UTC)
        )
    except ValueError as error:
        raise RawInputError(f"RUN_AT {settings['run_at']}: not an ISO 8601 timestamp") from error
    run_at = run_at.replace(tzinfo=run_at.tzinfo or UTC).astimezone(UTC)
    today = run_at.astimezone(zones["business_timezone"]).date()
    as_of = None
    if settings["as_of"]:
        try:
            as_of = date.fromisoformat(settings["as_of"])
        except ValueError as error:
            raise RawInputError(f"AS_OF {settings['as_of']}: not a date like 2026-06-30") from error
        if as_of > today:
            raise RawInputError(f"AS_OF {as_of}: lies after today, {today}")
    return {
        "requested_as_of": as_of,
        "run_at": run_at.replace(tzinfo=None).isoformat(),
        "today": today,
        "raw_dir": str(Path(settings["raw_dir"]).resolve()),
        "reporting_currency": settings["reporting_currency"],
        "max_rejected_share": settings["max_rejected_share"],
        "vars_fingerprint": settings["vars_fingerprint"],
    }


REGISTRY_TYPES = {
    "raw_table": "varchar",
    "file_name": "varchar",
    "format": "varchar",
    "size_bytes": "bigint",
    "modified_at": "timestamp",
    "content_hash": "varchar",
}
MATCH_TYPES = dict.fromkeys(
    ("raw_table", "column_name", "file_name", "kind", "source_name", "source_type"), "varchar"
)
REQUEST_TYPES = {
    "requested_as_of": "date",
    "run_at": "timestamp",
    "today": "date",
    "raw_dir": "varchar",
    "reporting_currency": "varchar",
    "max_rejected_share": "decimal(5, 4)",
    "vars_fingerprint": "varchar",
}
# One row a line: DuckDB reports a line once for each field that does not fit.
BAD_LINES = """
create or replace table raw.bad_lines as
select
    {table_of_file} as raw_table,
    {name_of_file} as file_name,
    cast(errors.line as bigint) as file_row,
    min(errors.csv_line) as line_text,
    bool_or(
        cast(errors.error_type as varchar) = 'LINE SIZE OVER MAXIMUM'
        or (
            cast(errors.error_type as varchar) = 'UNQUOTED VALUE'
            and length(errors.csv_line) - length(replace(errors.csv_line, '"', '')) & 1 = 1
        )
    ) as is_open_quote
from raw_reject_errors as errors
inner join raw_reject_scans as scans using (scan_id, file_id)
group by 1, 2, 3
"""


def plan_registration(contract: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """The whole plan. `contract`: table → {kind, columns: {column: meta}}, from the dbt sources.

    Errors are collected, never raised: all that is wrong is told at once.
    """
    plan = Plan()
    connection = duckdb.connect()
    raw_dir = Path(settings["raw_dir"])
    try:
        request = run_request(settings)
        found = find_files(raw_dir, contract, plan)
        renames = read_renames(raw_dir, contract)
        if not found["orders"] and not plan.errors:
            plan.errors.append(
                f"RAW_DIR {raw_dir}: no table orders (looked for orders/, orders.parquet,"
                " orders.csv, orders.csv.gz); it is the only required table"
            )
        plan.statements.append("create schema if not exists raw")
        for table, spec in contract.items():
            plan_table(table, found[table], spec, renames.get(table, {}), plan, connection)
        plan.files = [registry_row(file) for files in found.values() for file in files]
    except RawInputError as error:
        plan.errors.append(str(error))
        return plan
    finally:
        connection.close()
    plan.statements += bad_line_statements(found)
    plan.statements += rows_sql("raw.files", REGISTRY_TYPES, plan.files)
    matches = [vars(match) for match in plan.matches]
    plan.statements += rows_sql("raw.column_matches", MATCH_TYPES, matches)
    plan.statements += rows_sql("raw.run_request", REQUEST_TYPES, [request])
    presence = [{"raw_table": table, "is_present": bool(found[table])} for table in contract]
    plan.statements += rows_sql(
        "raw.tables", {"raw_table": "varchar", "is_present": "boolean"}, presence
    )
    return plan


def bad_line_statements(found: Mapping[str, Sequence[RawFile]]) -> list[str]:
    """Statements that make raw.bad_lines from what the CSV reads of this run set aside."""
    csv_files = [file for files in found.values() for file in files if file.format == "csv"]
    if not csv_files:
        columns = {"raw_table": "varchar", "file_name": "varchar", "file_row": "bigint"}
        columns |= {"line_text": "varchar", "is_open_quote": "boolean"}
        return rows_sql("raw.bad_lines", columns, [])
    tables = " ".join(f"when {quote(str(f.path))} then {quote(f.table)}" for f in csv_files)
    names = " ".join(f"when {quote(str(f.path))} then {quote(f.name)}" for f in csv_files)
    return [
        BAD_LINES.format(
            table_of_file=f"case scans.file_path {tables} end",
            name_of_file=f"case scans.file_path {names} end",
        )
    ]
