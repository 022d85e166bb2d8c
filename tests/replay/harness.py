"""A whole build in a fraction of a second: dbt's compiled SQL, run in order in one connection.

    replay = Replay({"churn_after_days": 30})
    replay.run({"orders": [{"order_id": "1", ..., "_file": "part-1.csv", "_row": 1}]}, as_of, now)
    replay.rows("customers.rfm")

Raw tables hold text, as CSV files do; what a replay leaves out is the reading of files.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import yaml

from lint.project import ROOT
from orchestration.changes import FILE_TYPES
from orchestration.raw_files import (
    FIT_TYPES,
    MATCH_TYPES,
    PARAMETER_TYPES,
    REGISTRY_TYPES,
    REQUEST_TYPES,
    rows_sql,
    run_request,
)

from .compiled import Node, compiled

RawRow = Mapping[str, Any]
SYSTEM_TYPES = {
    "raw.run_request": REQUEST_TYPES,
    "raw.tables": {"raw_table": "varchar", "is_present": "boolean"},
    "raw.files": REGISTRY_TYPES,
    "raw.column_matches": MATCH_TYPES,
    "raw.bad_lines": {
        "raw_table": "varchar",
        "file_name": "varchar",
        "file_row": "bigint",
        "line_text": "varchar",
        "is_open_quote": "boolean",
    },
    "raw.salt": {"salt": "varchar"},
    "raw.model_fits": FIT_TYPES,
    "raw.model_parameters": PARAMETER_TYPES,
    "raw.changed_files": FILE_TYPES,
}
# What a plan takes from the rows that a table held when it was made; here tables change under it.
STATISTICS_OPTIMIZERS = (
    "statistics_propagation",
    "empty_result_pullup",
    "compressed_materialization",
    "row_group_pruner",
    "join_elimination",
)


class Replay:
    """The warehouse with one choice of dbt variables; each run replaces the one before.

    Binding the SQL takes most of a small run, so every model is prepared once over empty tables
    and then emptied and filled again. What needs other tables than before would be prepared anew,
    so a run creates nothing.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        """Compile (or find compiled) the project, make what no raw data can change, prepare the
        rest."""
        defaults = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
        self.variables = {**defaults, **variables}
        self.project = compiled(self.variables)
        self.connection = duckdb.connect(config={"threads": 1})
        # dbt's relations are named after the build file.
        self.connection.execute("attach ':memory:' as build; use build; set timezone = 'UTC'")
        self.connection.execute(f"set disabled_optimizers = '{','.join(STATISTICS_OPTIMIZERS)}'")
        schemas = {node.relation.split(".")[0] for node in self.project.nodes} | {"raw"}
        for schema in sorted(schemas):
            self.connection.execute(f"create schema if not exists {schema}")
        for relation, types in self._raw_types().items():
            self.connection.execute(rows_sql(relation, types, [])[0])
        for node in self.project.nodes:
            self._make(node)
        self.changing = self._with_raw_parents()
        for name, node in self.changing.items():
            self.connection.execute(f"prepare {name} as {_filling(node)}")
        self.run_number = 0
        self._growing: dict[str, Node] = {}
        self._kept: set[str] = set()
        self._tests: dict[str, Node] = {}

    def _with_raw_parents(self) -> dict[str, Node]:
        """The tables that raw data can change, in order, by the names of their statements."""
        fixed: set[str] = set()
        for node in self.project.nodes:
            if node.kind != "test" and fixed.issuperset(node.parents):
                fixed.add(node.unique_id)
        return {
            f"fill_{number}": node
            for number, node in enumerate(self.project.nodes)
            if node.kind == "model" and node.materialized != "view" and node.unique_id not in fixed
        }

    def run(
        self,
        raw: Mapping[str, Sequence[RawRow]],
        as_of: date | None,
        now: datetime,
        salt: str = "",
    ) -> None:
        """Build everything from raw tables; one that is not in `raw` is absent.

        A row maps contract columns to text or None; `_file` and `_row` place it, `_bad_line` is
        the text of a line that had the wrong number of fields. Raises duckdb.Error where a model
        fails.
        """
        self.run_number = 1
        self._load(self._raw_rows(raw, as_of, now, salt))
        self.build()

    def build(self) -> None:
        """Build everything from what the raw relations hold now: `run` fills them, or a test does,
        in SQL, where the rows are too many to be written out. Raises duckdb.Error where a model
        fails."""
        for name, node in self.changing.items():
            self.connection.execute(f"delete from {node.relation}")
            self._execute(name, node)

    def go_on(
        self,
        raw: Mapping[str, Sequence[RawRow]],
        as_of: date | None,
        now: datetime,
        salt: str = "",
        whole: bool = True,
    ) -> None:
        """As `run`, for raw tables that hold those of the run before and new files.

        Not `whole`: only what the next run goes on from, the incremental models and what they
        read; the rest is older then.
        """
        if not self._growing:
            self._prepare_growth()
        before = self.connection.execute("select as_of from staging.run_context").fetchone()
        loaded = self._files()
        self.run_number += 1
        rows = self._raw_rows(raw, as_of, now, salt)
        line = {"run_number": self.run_number, "previous_as_of": before[0] if before else None}
        rows["raw.run_request"][0] |= line
        rows["raw.changed_files"] = [
            {"raw_table": table, "file_name": name}
            for table, name in sorted(
                {(table, row["_file"]) for table in raw for row in raw[table]} - loaded
            )
        ]
        new = {(row["raw_table"], row["file_name"]) for row in rows["raw.changed_files"]}
        for table in raw:
            rows[f"raw.{table}_changed"] = [
                row for row in rows[f"raw.{table}"] if (table, row["file_name"]) in new
            ]
        self._load(rows)
        for name, node in self.changing.items():
            if not whole and node.unique_id not in self._kept:
                continue
            if node.materialized == "incremental":
                if node.keeps_before:
                    self.connection.execute(f"delete from {node.relation}__before")
                    self._execute(f"keep_{name}", node)
                for step in ("make", "drop", "take"):
                    self._execute(f"{step}_{name}", node)
                self.connection.execute(f"delete from new_{name}")
            else:
                self.connection.execute(f"delete from {node.relation}")
                self._execute(name, node)

    def _prepare_growth(self) -> None:
        """Prepare what the incremental strategy `touched` does with each incremental model."""
        project = compiled(self.variables, goes_on=True)
        sql = {node.relation: node.sql for node in project.nodes if node.kind == "model"}
        self._growing = {
            name: node for name, node in self.changing.items() if node.materialized == "incremental"
        }
        self._kept = {node.unique_id for node in self._growing.values()}
        for node in reversed(self.project.nodes):
            if node.unique_id in self._kept:
                self._kept |= set(node.parents)
        for name, node in self._growing.items():
            self.connection.execute(
                f"create table new_{name} as select * from {node.relation} limit 0"
            )
            if node.keeps_before:
                self.connection.execute(
                    f"create table {node.relation}__before as select * from {node.relation} limit 0"
                )
        for name, node in self._growing.items():
            columns = ", ".join(
                row[0] for row in self.connection.execute(f"describe {node.relation}").fetchall()
            )
            query = f"select {columns} from ({sql[node.relation]})"
            steps = {
                "make": f"insert into new_{name} {query}",
                "drop": _deletion(node, f"new_{name}"),
                "take": f"insert into {node.relation} select * from new_{name}",
            }
            if node.keeps_before:
                touched = f"select * from {node.relation} where {_is_touched(node)}"
                steps["keep"] = f"insert into {node.relation}__before {touched}"
            for step, statement in steps.items():
                self.connection.execute(f"prepare {step}_{name} as {statement}")

    def _files(self) -> set[tuple[str, str]]:
        """The files of the last run, by table and name."""
        tables = [table for table, (_, kind) in self.project.raw.items() if kind != "system"]
        query = " union ".join(f"select '{table}', file_name from raw.{table}" for table in tables)
        query += " union select raw_table, file_name from raw.bad_lines"
        return set(self.connection.execute(query).fetchall())

    def _load(self, raw: Mapping[str, Sequence[RawRow]]) -> None:
        """Replace what the relations of schema raw hold."""
        types = self._raw_types()
        for relation, rows in raw.items():
            self.connection.execute(f"delete from {relation}")
            for statement in rows_sql(relation, types[relation], rows)[1:]:
                self.connection.execute(statement)

    def rows(self, relation: str) -> list[dict[str, Any]]:
        """The rows of a relation as dicts, in no order."""
        cursor = self.connection.execute(f"select * from {relation}")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def failing_tests(self) -> dict[str, int]:
        """The data tests of severity error that find rows in the last run, and how many."""
        if not self._tests:
            for number, node in enumerate(self.project.nodes):
                if node.kind == "test" and node.severity == "error":
                    self._tests[f"test_{number}"] = node
                    query = f"select count(*) from ({node.sql})"
                    self.connection.execute(f"prepare test_{number} as {query}")
        failing = {}
        for name, node in self._tests.items():
            found = self._execute(name, node).fetchone()
            if found and found[0]:
                failing[node.unique_id] = int(found[0])
        return failing

    def _execute(self, name: str, node: Node) -> duckdb.DuckDBPyConnection:
        """Run the prepared statement of a node; an error says which node it was."""
        try:
            return self.connection.execute(f"execute {name}")
        except duckdb.Error as error:
            error.add_note(f"while making {node.unique_id}")
            raise

    def _make(self, node: Node) -> None:
        """Make one seed or model as dbt makes it."""
        if node.kind == "test":
            return
        if node.materialized == "view":
            self.connection.execute(f"create view {node.relation} as ({node.sql})")
            return
        if not node.columns:
            self.connection.execute(f"create table {node.relation} as ({node.sql})")
            return
        columns = ", ".join(f"{name} {kind}" for name, kind in node.columns)
        self.connection.execute(f"create table {node.relation} ({columns})")
        self.connection.execute(_filling(node))

    def _raw_types(self) -> dict[str, dict[str, str]]:
        """Columns and types of the relations of schema raw."""
        types = {
            f"raw.{table}{part}": {"file_name": "varchar", "file_row": "bigint"}
            | dict.fromkeys(columns, "varchar")
            for table, (columns, kind) in self.project.raw.items()
            for part in ("", "_changed")
            if kind != "system"
        }
        return types | SYSTEM_TYPES

    def _raw_rows(
        self, raw: Mapping[str, Sequence[RawRow]], as_of: date | None, now: datetime, salt: str
    ) -> dict[str, list[dict[str, Any]]]:
        """What the relations of schema raw hold."""
        loaded: dict[str, list[dict[str, Any]]] = {name: [] for name in self._raw_types()}
        for table, (columns, kind) in self.project.raw.items():
            if kind == "system":
                continue
            loaded["raw.tables"].append({"raw_table": table, "is_present": table in raw})
            for row in raw.get(table, ()):
                place = {"file_name": row["_file"], "file_row": row["_row"]}
                line = row.get("_bad_line")
                if line is None:
                    cells = {column: row.get(column) for column in columns}
                    loaded[f"raw.{table}"].append(place | cells)
                else:
                    text = {"line_text": line, "is_open_quote": False}
                    loaded["raw.bad_lines"].append({"raw_table": table} | place | text)
        request = {"run_at": now.isoformat(), "as_of": str(as_of or "")}
        place = {"raw_dir": "", "vars_fingerprint": ""}
        line = {"run_number": 1, "previous_as_of": None}
        loaded["raw.run_request"].append(run_request(self.variables | request | place) | line)
        loaded["raw.salt"].append({"salt": salt})
        return loaded


def _deletion(node: Node, new_rows: str) -> str:
    """What the strategy `touched` deletes of an incremental model before it takes the new rows."""
    if node.touched_by:
        return f"delete from {node.relation} where {_is_touched(node)}"
    if not node.keys:
        return f"delete from {node.relation}"
    same = " and ".join(f"{node.relation}.{key} = new_rows.{key}" for key in node.keys)
    return (
        f"delete from {node.relation} using {new_rows} as new_rows"
        f" where {same} and {node.relation}.rejection is distinct from 'bad_line'"
    )


def _is_touched(node: Node) -> str:
    """The condition that a row of an incremental model is made again."""
    (key,) = node.keys
    return f"{key} in (select {key} from {node.touched_by})"


def _filling(node: Node) -> str:
    """The statement that fills the table of a node."""
    if node.kind == "seed":
        return f"copy {node.relation} from '{node.sql}' (format csv, header)"
    if not node.columns:
        return f"insert into {node.relation} {node.sql}"
    names = ", ".join(name for name, _ in node.columns)
    return f"insert into {node.relation} ({names}) select {names} from ({node.sql})"
