"""Find the user's raw files and plan how they become the relations of schema `raw`.

Pure planning: nothing here touches the warehouse. `plan_registration` looks at RAW_DIR, matches
columns with the contract (the dbt sources of `raw`) and returns SQL statements, the file registry
and a list of errors, each naming file, table and column. The macro `register_raw_tables` runs it.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import stat
import sys
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.changes import (
    CHANGES_TYPES,
    FILE_TYPES,
    fingerprint,
    new_files,
    place_in_line,
    refresh_reason,
    registry_of,
)
from orchestration.settings import PROJECT_DIR, read_zone

FORMATS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
HEADER_BYTES = 1 << 20
CHUNK_BYTES = 1 << 22
# What looks like an e-mail address or an international phone number in a name or a message.
CONTACT = re.compile(r"[^\s@/,:'\"]+(@|%40)[^\s@/,:'\"]+|\+\d[\d ()./-]{6,}\d", re.IGNORECASE)
FIELD_START = re.compile(rb' *"')
# A character that no export writes.
TOO_LONG = "\x1f"
NUMBER_TYPE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT")


class RawInputError(Exception):
    """Something the user can mend: the message names the file, table or column."""


@dataclass(frozen=True)
class RawFile:
    """One file of one raw table; `name` is its path below RAW_DIR, without contact data."""

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
    """SQL statements in order, the registry, the matches, warnings and errors.

    `refresh_reason`: why every row is read again; None where only what changed is.
    """

    statements: list[str] = field(default_factory=list)
    refresh_reason: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class PlainLoader(yaml.BaseLoader):
    """YAML whose scalars stay the text that they are; a key may stand once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping; raises yaml.YAMLError for a key that stands twice."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for position, key in enumerate(keys):
            if key in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key} stands twice", node.value[position][0].start_mark
                )
        return super().construct_mapping(node, deep)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def hide_contacts(text: str) -> str:
    """The text with what looks like contact data left out: for names and messages."""
    return CONTACT.sub("...", text)


def path_literal(path: Path) -> str:
    """A path as a SQL string that DuckDB does not take for a pattern."""
    return quote(re.sub(r"([\[*?])", r"[\1]", str(path)))


def file_format(name: str) -> str | None:
    """`parquet` or `csv` by the ending of the file's name; None for any other."""
    lowered = name.lower()
    return next((kind for end, kind in FORMATS.items() if lowered.endswith(end)), None)


def stem(name: str) -> str:
    """The file's name without its raw ending: `orders.csv.gz` is `orders`."""
    lowered = name.lower()
    ending = max((end for end in FORMATS if lowered.endswith(end)), key=len, default="")
    return name[: len(name) - len(ending)] if ending else name


@cache
def raw_contract() -> dict[str, Any]:
    """The raw contract as the macro of this name has it, read from the sources."""
    path = PROJECT_DIR / "models/staging/_raw__sources.yml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]
    return {
        table["name"]: {
            "meta": table["config"]["meta"],
            "columns": {column["name"]: column["config"]["meta"] for column in table["columns"]},
        }
        for table in tables
        if table["config"]["meta"]["kind"] in ("events", "lookup")
    }


def find_files(raw_dir: Path, tables: Iterable[str], plan: Plan) -> dict[str, list[RawFile]]:
    """The files of each raw table, sorted by name; what belongs to no table is warned of."""
    try:
        is_folder = stat.S_ISDIR(raw_dir.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RawInputError(f"RAW_DIR {raw_dir}: no such folder") from error
    if not is_folder:
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
            found[table] = files_of_folder(entry, table, plan)
        elif kind := file_format(entry.name):
            found[table] = [RawFile(table, entry.name, entry, kind)]
        else:
            plan.errors.append(f"{table}: {entry.name} is neither a folder nor Parquet or CSV")
    return found


def files_of_folder(folder: Path, table: str, plan: Plan) -> list[RawFile]:
    """The Parquet and CSV files directly in a table's folder."""
    files = []
    for position, entry in enumerate(list_folder(folder), start=1):
        if entry.name.startswith((".", "_")):
            continue
        kind = file_format(entry.name)
        name = f"{folder.name}/{entry.name}"
        if kind is None or entry.is_dir():
            plan.warnings.append(f"{name}: neither Parquet nor CSV; not read")
        else:
            # A name is published; the position keeps two names apart that differ in contact data.
            files.append(RawFile(table, CONTACT.sub(f"file-{position:06d}", name), entry, kind))
    return files


def list_folder(folder: Path) -> list[Path]:
    """The entries of a folder by name; raises RawInputError where it cannot be read."""
    try:
        return sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise RawInputError(f"{folder}: cannot be read ({error.strerror})") from error


def csv_header(file: RawFile) -> list[str]:
    """The column names in the first record of a CSV file.

    Raises RawInputError for a file that cannot be read, is not UTF-8 text or has no header.
    """
    try:
        with open_csv(file.path) as stream:
            text = stream.read(HEADER_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise broken_file(file, error) from error
    lines = io.StringIO(text, newline="")
    try:
        names = [name.strip() for name in next(csv.reader(lines, skipinitialspace=True), [])]
        if any("\n" in name and len(name) > 200 for name in names):
            raise csv.Error("no name is as long as this")
    except csv.Error as error:
        raise RawInputError(
            f"{file.name}: table {file.table}, line 1: a quote opens and never closes"
        ) from error
    if not any(names):
        raise RawInputError(f"{file.name}: table {file.table} has no header line")
    if any("\0" in name for name in names):
        raise RawInputError(f"{file.name}: table {file.table}: is not CSV in UTF-8")
    return names


def is_gzipped(path: Path) -> bool:
    """Whether the bytes are gzipped, whatever the file is called."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def open_csv(path: Path) -> Any:
    """The bytes of a CSV file, unpacked where it is gzipped."""
    return gzip.open(path, "rb") if is_gzipped(path) else path.open("rb")


def broken_file(file: RawFile, error: Exception) -> RawInputError:
    """The message of a file that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return RawInputError(f"{file.name}: table {file.table}: cannot be read ({reason})")


def parquet_columns(file: RawFile, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Column names and DuckDB types of a Parquet file."""
    try:
        rows = connection.execute(
            f"describe select * from read_parquet({path_literal(file.path)}, "
            "hive_partitioning = false)"
        ).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(file.path), file.name)
        raise RawInputError(
            f"{file.name}: table {file.table}: not a readable Parquet file ({reason})"
        ) from error
    return [(row[0], row[1]) for row in rows]


def file_columns(file: RawFile, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Column names and types of a raw file, in its order; every CSV column is text."""
    if file.format == "parquet":
        return parquet_columns(file, connection)
    return [(name, "VARCHAR") for name in csv_header(file)]


def read_renames(raw_dir: Path, contract: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """columns.yml: by table, contract column → column in the files, or `{constant: value}`."""
    path = raw_dir / "columns.yml"
    if not path.exists():
        return {}
    try:
        renames = yaml.load(path.read_text(encoding="utf-8-sig"), PlainLoader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise RawInputError(f"columns.yml: line {line}: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise RawInputError(f"columns.yml: cannot be read ({reason})") from error
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
            is_constant = isinstance(source, dict) and set(source) == {"constant"}
            value = source["constant"] if is_constant else source
            if not isinstance(value, str) or not (is_constant or value.strip()):
                raise RawInputError(
                    f"columns.yml: {table}.{column}: write a column's name or {{constant: value}}"
                )
            if is_constant and CONTACT.search(value):
                raise RawInputError(
                    f"columns.yml: {table}.{column}: a constant holds no contact data"
                )
    return renames


def match_columns(
    file: RawFile,
    found: Sequence[tuple[str, str]],
    columns: Mapping[str, Any],
    renames: Mapping[str, Any],
) -> tuple[list[Match], list[str]]:
    """Match the contract's columns with those of one file, by name whatever its case."""
    matches, errors = [], []
    for column, meta in columns.items():
        wanted = renames.get(column, column)
        if isinstance(wanted, dict):
            constant = wanted["constant"]
            matches.append(Match(file.table, column, file.name, "constant", constant, "VARCHAR"))
            continue
        candidates = [each for each in found if each[0] == wanted] or [
            each for each in found if each[0].strip().lower() == wanted.strip().lower()
        ]
        if len({name for name, _ in candidates}) > 1:
            names = ", ".join(name for name, _ in candidates)
            errors.append(f"{file.name}: table {file.table}, column {column}: {names} all fit")
        elif len(candidates) > 1:
            errors.append(f"{file.name}: table {file.table} names column {wanted} twice")
        elif candidates:
            matches.append(Match(file.table, column, file.name, "column", *candidates[0]))
        elif meta.get("required"):
            errors.append(missing_column(file, found, wanted))
        else:
            matches.append(Match(file.table, column, file.name, "absent", None, "VARCHAR"))
    return matches, errors


def missing_column(file: RawFile, found: Sequence[tuple[str, str]], wanted: str) -> str:
    """The message of a required column that a file lacks; data in place of a header is not told."""
    names = [name for name, _ in found]
    if any(CONTACT.search(name) or re.fullmatch(r"[\W\d]*\d[\W\d]*", name) for name in names):
        return (
            f"{file.name}: table {file.table} has no column {wanted}, which is required:"
            " its first line holds data, not the names of columns"
        )
    return (
        f"{file.name}: table {file.table} has no column {wanted}, which is required. It has: "
        f"{', '.join(name[:64] for name in names)}. Name the right one in columns.yml."
    )


def column_sql(match: Match, source: str, meta: Mapping[str, Any], as_text: bool) -> str:
    """One column of a raw relation, read from the SQL name `source`.

    Types stay as they came, but for what the ledgers cannot take. A floating-point id or text is
    written as a whole number where it is one; NaN there is how such a column says null.
    """
    if match.source_name is None:
        return "cast(null as varchar)"
    if match.kind == "constant":
        return quote(match.source_name)
    kind = match.source_type.upper()
    if kind == "BLOB":
        return f"coalesce(try(decode({source})), cast({source} as varchar))"
    has_fraction = kind in ("DOUBLE", "FLOAT") or re.fullmatch(r"DECIMAL\(\d+,[1-9]\d*\)", kind)
    if meta["type"] in ("id", "text", "boolean") and has_fraction:
        whole = f"try_cast({source} as hugeint)"
        return (
            f"case when {whole} = {source} then cast({whole} as varchar)"
            f" else nullif(cast({source} as varchar), 'nan') end"
        )
    if kind.startswith("TIMESTAMP_"):
        source, kind = f"cast({source} as timestamp)", "TIMESTAMP"
    keep = {
        "timestamp": kind in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
        "boolean": kind == "BOOLEAN",
        "id": False,
        "text": False,
    }.get(meta["type"], NUMBER_TYPE.fullmatch(kind) is not None)
    return source if keep and not as_text else f"cast({source} as varchar)"


def csv_column(position: int) -> str:
    """The SQL name of a CSV column: its place, for a header may hold anything, even twice."""
    return f"column_{position + 1}"


def csv_source(file: RawFile, width: int) -> str:
    """read_csv with nothing sniffed: every column text, lines that do not fit kept apart."""
    columns = ", ".join(f"{csv_column(position)}: 'VARCHAR'" for position in range(width))
    compression = "gzip" if is_gzipped(file.path) else "none"
    return (
        f"read_csv({path_literal(file.path)}, columns = {{{columns}}}, header = true, delim = ',',"
        f" quote = '\"', escape = '\"', compression = '{compression}', auto_detect = false,"
        " strict_mode = true, hive_partitioning = false, store_rejects = true, rejects_limit = 0,"
        " rejects_table = 'raw_reject_errors', rejects_scan = 'raw_reject_scans')"
    )


def select_file(
    file: RawFile,
    found: Sequence[tuple[str, str]],
    columns: Mapping[str, Any],
    matches: Mapping[str, Match],
    as_text: Iterable[str],
) -> str:
    """One file as rows of its raw relation: file name, row number, contract columns.

    `as_text`: the columns that have another type in another file of the table.
    """
    names = [name for name, _ in found]
    row = "row_number() over ()"
    if file.format == "csv":
        source = csv_source(file, len(names))
    elif "file_row_number" in map(str.lower, names):
        source = f"read_parquet({path_literal(file.path)}, hive_partitioning = false)"
    else:
        row = "file_row_number + 1"
        source = (
            f"read_parquet({path_literal(file.path)}, hive_partitioning = false,"
            " file_row_number = true)"
        )
    cells = [f"{quote(file.name)} as file_name", f"cast({row} as bigint) as file_row"]
    for column, meta in columns.items():
        match = matches[column]
        name = match.source_name or ""
        if match.kind != "column" or file.format == "parquet":
            cell = column_sql(match, identifier(name), meta, column in as_text)
        else:
            cell = column_sql(match, csv_column(names.index(name)), meta, column in as_text)
        cells.append(f"{cell} as {column}")
    return f"select {', '.join(cells)} from {source}"


@dataclass(frozen=True)
class MatchedTable:
    """The files of a raw table and what the contract's columns are in each of them."""

    name: str
    columns: Mapping[str, Any]
    files: Sequence[RawFile]
    headers: Mapping[str, Sequence[tuple[str, str]]]
    by_file: Mapping[str, Mapping[str, Match]]

    @property
    def mixed(self) -> set[str]:
        """The columns that have another type in another file."""
        return {
            column
            for column in self.columns
            if len({types[column].source_type for types in self.by_file.values()}) > 1
        }

    def select(self, file: RawFile) -> str:
        """One of the files as rows of the raw relation."""
        matches = self.by_file[file.name]
        return select_file(file, self.headers[file.name], self.columns, matches, self.mixed)

    def to_read(self, new: Collection[tuple[str, str]] | None) -> "MatchedTable":
        """The table with the CSV files among `new` (None: all) as DuckDB reads them rightly."""
        files = [
            with_marked_lines(file, len(self.headers[file.name]))
            if file.format == "csv" and (new is None or (file.table, file.name) in new)
            else file
            for file in self.files
        ]
        return replace(self, files=files)

    @property
    def nothing(self) -> str:
        """The raw relation without rows."""
        cells = ["cast(null as varchar) as file_name", "cast(null as bigint) as file_row"]
        cells += [f"cast(null as varchar) as {column}" for column in self.columns]
        return f"select {', '.join(cells)} where false"


def match_table(
    table: str,
    files: Sequence[RawFile],
    spec: Mapping[str, Any],
    renames: Mapping[str, Any],
    plan: Plan,
    connection: duckdb.DuckDBPyConnection,
) -> MatchedTable:
    """Match the contract's columns with every file of a table; what is wrong goes to the plan."""
    columns = spec["columns"]
    headers: dict[str, list[tuple[str, str]]] = {}
    by_file: dict[str, dict[str, Match]] = {}
    for file in files:
        try:
            found = file_columns(file, connection)
        except RawInputError as error:
            plan.errors.append(str(error))
            continue
        matches, errors = match_columns(file, found, columns, renames)
        if not errors and all(match.kind == "absent" for match in matches):
            errors = [missing_column(file, found, " or ".join(columns))]
        plan.errors += errors
        plan.matches += matches
        headers[file.name] = found
        by_file[file.name] = {match.column_name: match for match in matches}
    for column, wanted in renames.items():
        is_named = isinstance(wanted, str) and files and not plan.errors
        if is_named and all(by_file[file.name][column].kind == "absent" for file in files):
            plan.errors.append(f"columns.yml: no file of {table} has a column {wanted} ({column})")
    return MatchedTable(table, columns, files, headers, by_file)


def table_statements(table: MatchedTable, changed: Collection[str] | None) -> list[str]:
    """The statements that make raw.<table> from its files; an absent table has no rows.

    `changed`: the files that are read in this run, which raw.<table>_changed then holds; None
    reads every file anew.
    """
    landed = f"raw.{table.name}_csv"
    csv_files = [file for file in table.files if file.format == "csv"]
    selects = [table.select(file) for file in table.files if file.format == "parquet"]
    selects += [f"select * from {landed}"] if csv_files else []
    view = f"create or replace view raw.{table.name}"
    whole = f"{view} as {' union all '.join(selects or [table.nothing])}"
    if changed is None:
        lines = " union all ".join(table.select(file) for file in csv_files)
        return [f"create or replace table {landed} as {lines}", whole] if csv_files else [whole]
    statements = []
    parts = [table.select(f) for f in table.files if f.name in changed and f.format == "parquet"]
    if csv_files:
        kept = [file.name for file in csv_files if file.name not in changed]
        statements.append(f"create table if not exists {landed} as {table.nothing}")
        statements.append(f"delete from {landed} where {not_among('file_name', kept)}")
        new = [file for file in csv_files if file.name in changed]
        statements += [f"insert into {landed} {table.select(file)}" for file in new]
        parts += [f"select * from {landed} where {not_among('file_name', kept)}"] if new else []
    return [
        *statements,
        whole,
        f"{view}_changed as {' union all '.join(parts or [table.nothing])}",
    ]


def not_among(column: str, names: Iterable[str]) -> str:
    """The condition that a column that is never null holds none of these names."""
    quoted = ", ".join(quote(name) for name in names)
    return f"{column} not in ({quoted})" if quoted else "true"


def registry_row(file: RawFile, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the registry keeps of a file: path, size in bytes, time of change (UTC), SHA-256.

    A file that has the size and the time of change of its `known` row is not read again.
    Raises RawInputError for a file that is cut off, or a CSV that cannot be split into records.
    """
    try:
        status = file.path.stat()
        changed_at = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
        row = {
            "raw_table": file.table,
            "file_name": file.name,
            "format": file.format,
            "size_bytes": status.st_size,
            "modified_at": changed_at.isoformat(),
        }
        if known and row.items() <= known.items():
            return dict(known)
        digest = hashlib.sha256()
        with file.path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
        if file.format == "csv":
            check_records(file)
    except (OSError, EOFError, zlib.error) as error:
        raise broken_file(file, error) from error
    return row | {"content_hash": digest.hexdigest()}


def check_records(file: RawFile) -> None:
    """Raise RawInputError where a quote never closes or lines end in different ways.

    A CSV reader that works on parts of a large file takes up again behind an open quote, silently,
    and gives up at the other. Only a file with an odd number of quotes, or with more than one kind
    of line end (it may stand inside quotes), is looked at line by line. Reads a gzipped file to
    its end, which checks that it is whole.
    """
    quotes = line_feeds = returns = pairs = 0
    last = b""
    with open_csv(file.path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            quotes += chunk.count(b'"')
            line_feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            last = chunk[-1:]
    if quotes % 2 == 0 and (returns == 0 or line_feeds == 0 or returns == line_feeds == pairs):
        return
    with open_csv(file.path) as stream:
        fault = next(record_faults(stream), None)
    if fault:
        raise RawInputError(f"{file.name}: table {file.table}, line {fault[0]}: {fault[1]}")


def record_faults(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Line number and description of what keeps a CSV file from being split into records."""
    opened = quotes = 0  # the line on which the open quote stands, 0: none; quotes since then
    first_end = b""
    for number, line in enumerate(lines, start=1):
        started = opened
        quotes = quotes + line.count(b'"') if opened else line.count(b'"')
        opened, is_garbled = end_of_line_state(line, opened, number)
        if is_garbled and started and quotes % 2:
            yield started, "a quote opens and never closes"
        if not opened and line.endswith((b"\n", b"\r")):
            end = b"\r\n" if line.endswith(b"\r\n") else line[-1:]
            first_end = first_end or end
            has_return = line.rstrip(b"\r\n").find(b"\r") >= 0
            if end != first_end or (has_return and not started and b'"' not in line):
                yield number, "the lines of the file end in different ways (CR, LF)"
    if opened:
        yield opened, "a quote opens and never closes"


def end_of_line_state(line: bytes, opened: int, number: int) -> tuple[int, bool]:
    """The line of the quote that is open at the end of this line (0: none), and whether text
    follows a closing quote, behind which a reader takes up again at the next line."""
    position = 0
    while position < len(line):
        if opened:
            end = line.find(b'"', position)
            if end < 0:
                return opened, False
            if line[end + 1 : end + 2] == b'"':
                position = end + 2
                continue
            comma = line.find(b",", end)
            if line[end + 1 : comma if comma >= 0 else None].strip():
                return 0, True
            opened = 0
        elif start := FIELD_START.match(line, position):
            opened, position = number, start.end()
            continue
        else:
            comma = line.find(b",", position)
        if comma < 0:
            break
        position = comma + 1
    return opened, False


@cache
def copies() -> tempfile.TemporaryDirectory[str]:
    """A folder for copies of raw files; it goes with the process."""
    return tempfile.TemporaryDirectory(prefix="retention_marts_")


def with_marked_lines(file: RawFile, width: int) -> RawFile:
    """The CSV file, or a copy in which no line has more than `width` fields and the rest empty.

    DuckDB sets lines aside that are too long, but drops empty fields beyond the last column: under
    the columns id, amount, note it reads `7,12,50,` as an amount of 12 with the note 50. In the
    copy the last field of such a line holds TOO_LONG, so that it is set aside as well. Raises
    RawInputError for a file that cannot be read.
    """
    try:
        with open_csv(file.path) as stream:
            if not any(may_be_too_long(line, width) for line in csv_lines(stream)):
                return file
        numbers = long_lines(file.path, width)
        if not numbers:
            return file
        with (
            open_csv(file.path) as stream,
            tempfile.NamedTemporaryFile(dir=copies().name, suffix=".csv", delete=False) as copy,
        ):
            for number, line in enumerate(csv_lines(stream), start=1):
                text = line.rstrip("\r\n")
                mark = TOO_LONG if number in numbers else ""
                copy.write(f"{text}{mark}{line[len(text) :]}".encode("latin-1"))
    except (OSError, EOFError, zlib.error) as error:
        raise broken_file(file, error) from error
    return replace(file, path=Path(copy.name))


def csv_lines(stream: Any) -> Iterable[str]:
    """The lines of a CSV with their ends (LF, CRLF or CR); a character is a byte."""
    return io.TextIOWrapper(stream, "latin-1", newline="")


def may_be_too_long(line: str, width: int) -> bool:
    """Whether more than `width` fields, the last one empty, may end with this line: quick, and true
    also where commas stand in quotes or a quoted field holds the end of a line."""
    ends_empty = line.rstrip().endswith((",", '""'))
    return (ends_empty and line.count(",") >= width) or line.count('"') % 2 == 1


def long_lines(path: Path, width: int) -> set[int]:
    """The numbers of the lines that end records with more than `width` fields, the rest empty."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with open_csv(path) as stream:
            records = csv.reader(csv_lines(stream), skipinitialspace=True)
            return {
                records.line_num
                for record in records
                if len(record) > width and not any(field.strip() for field in record[width:])
            }
    finally:
        csv.field_size_limit(limit)


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
    """The one row that every model's clock comes from; RawInputError for a bad AS_OF or zone."""
    zones = {}
    for name in ("business_timezone", "source_timezone"):
        zone = read_zone(settings[name])
        if zone is None:
            raise RawInputError(f"var {name}: no time zone {settings[name]}")
        zones[name] = zone
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
        as_of = read_day(settings["as_of"])
        if as_of > today:
            raise RawInputError(f"AS_OF {as_of}: lies after today, {today}")
    return {
        "requested_as_of": as_of,
        "run_at": run_at.replace(tzinfo=None).isoformat(),
        "today": today,
        "raw_dir": hide_contacts(str(Path(settings["raw_dir"]).resolve())),
        "reporting_currency": settings["reporting_currency"],
        "max_rejected_share": settings["max_rejected_share"],
        "vars_fingerprint": settings["vars_fingerprint"],
    }


def read_day(text: str) -> date:
    """AS_OF as a date; RawInputError for any other form, also those that Python reads beside it."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise RawInputError(f"AS_OF {text}: not a date like 2026-06-30") from error


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
    "run_number": "bigint",
    "previous_as_of": "date",
}
# Filled by the fit between the two dbt processes; a build keeps what earlier ones have fitted.
FIT_TYPES = {
    "fit_number": "bigint",
    "model": "varchar",
    "sample": "varchar",
    "model_version": "varchar",
    "raw_dir": "varchar",
    "vars_fingerprint": "varchar",
    "data_fingerprint": "varchar",
    "as_of": "date",
    "fitted_at": "timestamp",
    "customers": "bigint",
    "repeat_customers": "bigint",
    "log_likelihood": "double",
    "is_converged": "boolean",
    "starts": "integer",
    "starts_agreeing": "integer",
    "steps": "integer",
    "note": "varchar",
}
PARAMETER_TYPES = {
    "fit_number": "bigint",
    "parameter": "varchar",
    "value": "double",
    "log_standard_error": "double",
}
BAD_LINE_TYPES = {
    "raw_table": "varchar",
    "file_name": "varchar",
    "file_row": "bigint",
    "line_text": "varchar",
    "is_open_quote": "boolean",
}
# One row a line: DuckDB reports a line once for each field that does not fit. A quote is open where
# their number is odd and the line runs on; a single line with `\"` in it is just a bad line.
BAD_LINES = """
insert into raw.bad_lines
select
    {table_of_file} as raw_table,
    {name_of_file} as file_name,
    cast(errors.line as bigint) as file_row,
    min(replace(errors.csv_line, '{too_long}', '')) as line_text,
    bool_or(
        cast(errors.error_type as varchar) in ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM')
        and errors.quotes & 1 = 1
        and (errors.quotes = 1 or contains(errors.csv_line, chr(10)))
    ) as is_open_quote
from (
    select
        *,
        len(string_split(replace(csv_line, '""', ''), '"')) - 1 as quotes
    from raw_reject_errors
) as errors
inner join raw_reject_scans as scans using (scan_id, file_id)
group by 1, 2, 3
"""


def plan_registration(contract: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """The whole plan. `contract`: table → {kind, columns: {column: meta}}, from the dbt sources.

    Errors are collected, never raised: all that is wrong is told at once.
    """
    plan = Plan()
    connection = duckdb.connect()
    try:
        request = run_request(settings)
        raw_dir = Path(settings["raw_dir"]).resolve()
        found = find_files(raw_dir, contract, plan)
        renames = read_renames(raw_dir, contract)
        if not found["orders"] and not plan.errors:
            plan.errors.append(
                f"RAW_DIR {raw_dir}: no table orders (looked for orders/, orders.parquet,"
                " orders.csv, orders.csv.gz); it is the only required table"
            )
        plan.statements.append("create schema if not exists raw")
        tables = [
            match_table(table, found[table], spec, renames.get(table, {}), plan, connection)
            for table, spec in contract.items()
        ]
        previous = json.loads(settings.get("previous") or "null")
        if not plan.errors:
            known = {(row["raw_table"], row["file_name"]): row for row in registry_of(previous)}
            plan.files = [
                registry_row(file, known.get((file.table, file.name)))
                for files in found.values()
                for file in files
            ]
    except (RawInputError, RuntimeError) as error:
        plan.errors.append(str(error))
    except OSError as error:
        plan.errors.append(f"{error.filename}: cannot be read ({error.strerror})")
    finally:
        connection.close()
        plan.warnings = [hide_contacts(warning) for warning in plan.warnings]
        plan.errors = [hide_contacts(error) for error in plan.errors]
    if plan.errors:
        return plan
    state = state_of(request, settings, contract, renames, plan)
    plan.refresh_reason = settings.get("refresh_reason") or refresh_reason(previous, state)
    new = None if plan.refresh_reason else new_files(previous, state)
    try:
        tables = [table.to_read(new) for table in tables]
    except RawInputError as error:
        plan.errors.append(hide_contacts(str(error)))
        return plan
    for table in tables:
        names = None if new is None else {name for raw, name in new if raw == table.name}
        plan.statements += table_statements(table, names)
    plan.statements += bad_line_statements([file for table in tables for file in table.files], new)
    plan.statements += rows_sql("raw.files", REGISTRY_TYPES, plan.files)
    matches = [vars(match) for match in plan.matches]
    plan.statements += rows_sql("raw.column_matches", MATCH_TYPES, matches)
    line = place_in_line(previous, new is None)
    plan.statements += rows_sql("raw.run_request", REQUEST_TYPES, [{**request, **line}])
    for relation, types in (("model_fits", FIT_TYPES), ("model_parameters", PARAMETER_TYPES)):
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        plan.statements.append(f"create table if not exists raw.{relation} ({columns})")
    presence = [{"raw_table": table, "is_present": bool(found[table])} for table in contract]
    plan.statements += rows_sql(
        "raw.tables", {"raw_table": "varchar", "is_present": "boolean"}, presence
    )
    plan.statements += changes_statements({**state, **line}, new)
    return plan


def state_of(
    request: Mapping[str, Any],
    settings: Mapping[str, Any],
    contract: Mapping[str, Any],
    renames: Mapping[str, Any],
    plan: Plan,
) -> dict[str, Any]:
    """What the next run compares itself with."""
    lookups = [row for row in plan.files if contract[row["raw_table"]]["meta"]["kind"] == "lookup"]
    types: dict[str, set[str]] = {}
    for match in plan.matches:
        name = f"{match.raw_table}.{match.column_name}"
        types.setdefault(name, set()).add(match.source_type)
    parts = {
        "the SQL of the project": settings.get("project_fingerprint", ""),
        "a var": request["vars_fingerprint"],
        "RAW_DIR": request["raw_dir"],
        "KNOWN_AT": settings.get("known_at", ""),
        "columns.yml": renames,
        "a lookup": sorted(row["content_hash"] for row in lookups),
        "whether there is a table fx_rates": any(
            row["raw_table"] == "fx_rates" for row in plan.files
        ),
    }
    return {
        "run_at": request["run_at"],
        "parts": {name: fingerprint(part) for name, part in parts.items()},
        "types": {name: sorted(kinds) for name, kinds in types.items()},
        "files": plan.files,
    }


def bad_line_statements(
    files: Sequence[RawFile], new: Collection[tuple[str, str]] | None
) -> list[str]:
    """Statements that put into raw.bad_lines what the CSV reads of this run set aside.

    `new`: the files that are read, by table and name; None reads every file anew.
    """
    csv_files = [file for file in files if file.format == "csv"]
    statements = rows_sql("raw.bad_lines", BAD_LINE_TYPES, [])
    if new is not None:
        kept = [file.name for file in csv_files if (file.table, file.name) not in new]
        csv_files = [file for file in csv_files if (file.table, file.name) in new]
        statements = [f"delete from raw.bad_lines where {not_among('file_name', kept)}"]
    if not csv_files:
        return statements
    tables = " ".join(f"when {quote(str(f.path))} then {quote(f.table)}" for f in csv_files)
    names = " ".join(f"when {quote(str(f.path))} then {quote(f.name)}" for f in csv_files)
    return [
        *statements,
        BAD_LINES.format(
            too_long=TOO_LONG,
            table_of_file=f"case scans.file_path {tables} end",
            name_of_file=f"case scans.file_path {names} end",
        ),
    ]


def changes_statements(
    state: Mapping[str, Any], new: Collection[tuple[str, str]] | None
) -> list[str]:
    """Statements that say what of the data this run reads, and what it leaves behind."""
    read = [(row["raw_table"], row["file_name"]) for row in state["files"]] if new is None else new
    rows = [{"raw_table": table, "file_name": name} for table, name in sorted(read)]
    changes = {"run_number": state["run_number"], "is_full": new is None}
    changes["state"] = json.dumps(state)
    return [
        *rows_sql("raw.changes", CHANGES_TYPES, [changes]),
        *rows_sql("raw.changed_files", FILE_TYPES, rows),
    ]
