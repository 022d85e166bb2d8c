"""The project's SQL as dbt compiles it, for a choice of variables, kept between test runs.

Parsing and compiling take dbt seconds; the SQL depends on nothing but the project's files and the
variables. So each choice is compiled once and kept as JSON in the machine's folder for temporary
files, under a hash of both.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from lint.project import ROOT, common_arguments, copy_of, scratch_warehouse
from orchestration.changes import files_digest
from orchestration.manifest import PARSED_FILES, PARSED_FOLDERS


@dataclass(frozen=True)
class Node:
    """A seed, model or data test. `columns` are SQL column definitions (name, type, constraint)
    where a contract or a seed's settings give them; `sql` of a seed is its file. Of an incremental
    model, `keys` is its unique key, `touched_by` the relation of the keys that are made again, and
    `keeps_before` says whether their former rows are kept beside it.
    """

    unique_id: str
    kind: str
    relation: str
    materialized: str
    sql: str
    columns: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]
    grain: tuple[str, ...]
    severity: str
    keys: tuple[str, ...]
    touched_by: str | None
    keeps_before: bool


@dataclass(frozen=True)
class Project:
    """Nodes in the order in which they run, and the raw relations: columns and kind by name."""

    nodes: tuple[Node, ...]
    raw: dict[str, tuple[tuple[str, ...], str]]

    def node(self, relation: str) -> Node:
        """The seed or model behind `schema.name`. KeyError where there is none."""
        return {node.relation: node for node in self.nodes if node.kind != "test"}[relation]


def compiled(variables: Mapping[str, Any], goes_on: bool = False) -> Project:
    """The project compiled with these dbt variables over the defaults of dbt_project.yml.

    `goes_on`: as for a build that goes on from the one before, not for one that starts anew.
    """
    return _compiled(json.dumps(variables, sort_keys=True), goes_on)


@cache
def _compiled(variables: str, goes_on: bool) -> Project:
    """As `compiled`, for variables as JSON; at most one process compiles at a time."""
    folder = _cache_folder()
    name = hashlib.sha256(variables.encode()).hexdigest()[:16]
    file = folder / f"{name}{'_on' if goes_on else ''}.json"
    with _locked(folder):
        if not file.exists():
            half = file.with_suffix(".half")
            half.write_text(json.dumps(asdict(_compile(variables, goes_on))))
            half.rename(file)
    return _read(json.loads(file.read_text()))


def _cache_folder() -> Path:
    """The folder of what the project's present files compile to."""
    files = (*PARSED_FILES, str(Path(__file__).relative_to(ROOT)))
    # The compiled SQL names the project's folder, so two clones share nothing.
    texts = (version("dbt-core"), version("dbt-duckdb"), str(ROOT))
    digest = files_digest(ROOT, PARSED_FOLDERS, files, *texts)
    folder = Path(tempfile.gettempdir()) / f"retention_marts_replay_{os.getuid()}"
    folder = folder / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, waiting for another process that holds it."""
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@cache
def _parsed() -> Manifest:
    """The project, parsed; variables do not matter until it is compiled."""
    with tempfile.TemporaryDirectory() as scratch, scratch_warehouse(Path(scratch)):
        run = dbtRunner().invoke(["parse", *common_arguments(ROOT, Path(scratch))])
    if not isinstance(run.result, Manifest):
        raise AssertionError(f"dbt parse failed: {run.exception}")
    return run.result


def _compile(variables: str, goes_on: bool) -> Project:
    """Let dbt compile the project. AssertionError with dbt's own words where it cannot."""
    manifest = copy_of(_parsed())
    # Where a model cannot be compiled, other threads of dbt still write while the folder goes.
    temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with temporary as folder, scratch_warehouse(Path(folder)):
        scratch = Path(folder)
        if goes_on:
            _pretend_built(manifest, scratch / "warehouse" / "build.duckdb")
        arguments = ["compile", "--exclude", "resource_type:unit_test", "--vars", variables]
        run = dbtRunner(manifest=manifest).invoke([*arguments, *common_arguments(ROOT, scratch)])
        if not run.success:
            failed = [r.message for r in getattr(run.result, "results", []) if r.status == "error"]
            raise AssertionError("\n".join(map(str, failed)) or str(run.exception))
        return _project(json.loads((scratch / "target" / "manifest.json").read_text()))


def _pretend_built(manifest: Manifest, build_file: Path) -> None:
    """Make what dbt looks for before it goes on from an earlier build."""
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.changes as select false as is_full")
        for node in manifest.nodes.values():
            if node.config.materialized == "incremental":
                connection.execute(f"create schema if not exists {node.schema}")
                connection.execute(f"create table {node.schema}.{node.alias} (file_row bigint)")


def _project(manifest: Mapping[str, Any]) -> Project:
    """What a replay needs of dbt's manifest."""
    nodes = [
        _node(each)
        for each in manifest["nodes"].values()
        if each["resource_type"] in ("seed", "model", "test")
    ]
    raw = {
        each["name"]: (tuple(each["columns"]), str(each["config"]["meta"]["kind"]))
        for each in manifest["sources"].values()
        if each["source_name"] == "raw"
    }
    return Project(tuple(_in_order(nodes)), raw)


def _node(each: Mapping[str, Any]) -> Node:
    """One node of the manifest."""
    config, kind = each["config"], each["resource_type"]
    columns: list[tuple[str, str]] = []
    if kind == "seed":
        columns = list(config["column_types"].items())
    elif kind == "model" and config["contract"]["enforced"]:
        columns = [(name, _column_type(column)) for name, column in each["columns"].items()]
    file = str(ROOT / each["original_file_path"])
    keys = config.get("unique_key") or ()
    touched_by = config["meta"].get("touched_by")
    return Node(
        unique_id=each["unique_id"],
        kind=kind,
        relation=f"{each['schema']}.{each['alias']}",
        materialized=config["materialized"],
        sql=file if kind == "seed" else each["compiled_code"],
        columns=tuple(columns),
        parents=tuple(each["depends_on"].get("nodes", ())),
        grain=tuple(config["meta"].get("grain", ())),
        severity=str(config.get("severity") or "").lower(),
        keys=(keys,) if isinstance(keys, str) else tuple(keys),
        touched_by=touched_by and touched_by.replace("__", ".", 1),
        keeps_before=bool(config["meta"].get("keeps_before")),
    )


def _column_type(column: Mapping[str, Any]) -> str:
    """Type and constraint of a column under contract, as dbt writes them."""
    kinds = {constraint["type"] for constraint in column["constraints"]}
    return f"{column['data_type']}{' not null' if 'not_null' in kinds else ''}"


def _in_order(nodes: list[Node]) -> list[Node]:
    """The nodes, each after its parents; nodes that could swap are in order of their ids."""
    waiting = {node.unique_id: node for node in sorted(nodes, key=lambda node: node.unique_id)}
    done: list[Node] = []
    while waiting:
        ready = [node for node in waiting.values() if not waiting.keys() & set(node.parents)]
        done += ready
        for node in ready:
            del waiting[node.unique_id]
    return done


def _read(content: Mapping[str, Any]) -> Project:
    """A project from its JSON."""
    nodes = [
        Node(
            **{
                **each,
                "columns": tuple(map(tuple, each["columns"])),
                "parents": tuple(each["parents"]),
                "grain": tuple(each["grain"]),
                "keys": tuple(each["keys"]),
            }
        )
        for each in content["nodes"]
    ]
    raw = {name: (tuple(columns), kind) for name, (columns, kind) in content["raw"].items()}
    return Project(tuple(nodes), raw)
