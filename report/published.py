"""The published file as its readers see it: one version, read-only, with its own dictionary.

A version is opened by its versioned path, never through the link that moves: within one process a
second connection to the link would still see the version before. Nothing here knows of a screen.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.versions import version_behind

Row = dict[str, Any]

# Answers kept in memory, a version: more than all pages ask for with one choice of filters.
KEPT_ANSWERS = 400


class NothingPublishedError(Exception):
    """There is no published file yet; the message names where it was looked for."""


@dataclass(frozen=True)
class Column:
    """A published column as the file describes it."""

    data_type: str
    definition: str


class Published:
    """One published version. Safe to ask from several threads; answers are kept while it lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = duckdb.connect(str(path), read_only=True)
        self.answers: OrderedDict[tuple[Any, ...], list[Row]] = OrderedDict()
        self.lock = threading.Lock()
        self.columns = self.read_columns()
        self.tables: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        for schema, table, comment, size in self.connection.execute(
            "select schema_name, table_name, coalesce(comment, ''), estimated_size"
            " from duckdb_tables()"
        ).fetchall():
            self.tables[f"{schema}.{table}"] = comment
            self.sizes[f"{schema}.{table}"] = size
        self.publication = self.rows("from quality.publication order by version desc limit 1")[0]

    def read_columns(self) -> dict[tuple[str, str], Column]:
        """Every column's type and definition, by mart and name."""
        found = self.connection.execute(
            "select schema_name, table_name, column_name, data_type, coalesce(comment, '')"
            " from duckdb_columns() where not internal"
        ).fetchall()
        return {
            (f"{schema}.{table}", column): Column(kind, comment)
            for schema, table, column, kind, comment in found
        }

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query, as dictionaries; the caller may change them."""
        key = (query, *values)
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
                return [dict(row) for row in self.answers[key]]
        cursor = self.connection.cursor().execute(query, list(values))
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        with self.lock:
            self.answers[key] = found
            if len(self.answers) > KEPT_ANSWERS:
                self.answers.popitem(last=False)
        return [dict(row) for row in found]

    def has_rows(self, mart: str) -> bool:
        """Whether the mart is published and not empty; costs no scan."""
        return self.sizes.get(mart, 0) > 0

    def definition(self, mart: str, column: str = "") -> str:
        """What the dictionary says of a mart or one of its columns; empty where it is unknown."""
        if not column:
            return self.tables.get(mart, "")
        known = self.columns.get((mart, column))
        return known.definition if known else ""

    def data_type(self, mart: str, column: str) -> str:
        """The SQL type of a column; empty where it is unknown."""
        known = self.columns.get((mart, column))
        return known.data_type if known else ""


class Reader:
    """Opens the published version, and the next one once it is published."""

    def __init__(self, published_file: Path) -> None:
        self.published_file = published_file
        self.lock = threading.Lock()
        self.opened: Published | None = None
        self.identity: tuple[Any, ...] = ()

    def current(self) -> Published:
        """The version published now; raises NothingPublishedError before the first.

        Pages that still work on the version before keep it until they are done.
        """
        with self.lock:
            try:
                path = version_behind(self.published_file) or self.published_file
                status = path.stat()
            except FileNotFoundError as error:
                raise NothingPublishedError(str(self.published_file)) from error
            identity = (path, status.st_ino, status.st_size, status.st_mtime_ns)
            if self.opened is None or identity != self.identity:
                if self.opened and self.opened.path == path:
                    self.opened.connection.close()
                self.opened = Published(path)
                self.identity = identity
            return self.opened
