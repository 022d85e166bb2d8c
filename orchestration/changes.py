"""What changed since the last whole build: which files are new, and when every row is read again.

Pure functions over the state that a build leaves behind: the moment of its run, what it was built
with (`parts`), the types of its columns and its registry of files.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

# What a build's rows are made by; dbt reads its tests and its profile too.
SOURCE_FOLDERS = ("models", "macros", "seeds/lookups")
SOURCE_FILES = ("dbt_project.yml",)
CHANGES_TYPES = {"run_number": "bigint", "is_full": "boolean", "state": "varchar"}
FILE_TYPES = {"raw_table": "varchar", "file_name": "varchar"}


def fingerprint(part: Any) -> str:
    """A short hash of anything JSON can hold."""
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:16]


def project_fingerprint(project: Path, salt: str) -> str:
    """A hash of the project's SQL, its lookups and the salt of its hashes."""
    return files_digest(project, SOURCE_FOLDERS, SOURCE_FILES, salt)


def files_digest(project: Path, folders: Iterable[str], names: Iterable[str], *texts: str) -> str:
    """A hash of the files of a project in these folders and of these names, and of texts."""
    digest = hashlib.sha256("\0".join(texts).encode())
    paths = [path for folder in folders for path in (project / folder).rglob("*")]
    for path in sorted([*paths, *(project / name for name in names)]):
        if path.is_file():
            digest.update(str(path.relative_to(project)).encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def registry_of(state: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The registry of files in a state; empty where there is none."""
    return list(state["files"]) if state else []


def refresh_reason(previous: Mapping[str, Any] | None, state: Mapping[str, Any]) -> str | None:
    """Why rows that were built before cannot be kept; None where they can."""
    return next(reasons(previous, state), None)


def reasons(previous: Mapping[str, Any] | None, state: Mapping[str, Any]) -> Iterator[str]:
    """Everything that keeps a build from continuing the one before."""
    if previous is None:
        yield "there is no whole build to go on from"
        return
    for name, value in state["parts"].items():
        if previous["parts"].get(name) != value:
            yield f"{name} changed"
    if state["run_at"] < previous["run_at"]:
        yield "RUN_AT lies before that of the build before"
    present = {(row["raw_table"], row["file_name"]): row for row in registry_of(state)}
    for row in registry_of(previous):
        now = present.get((row["raw_table"], row["file_name"]))
        if now is None:
            yield f"{row['file_name']} is gone"
        elif now["content_hash"] != row["content_hash"]:
            yield f"{row['file_name']} changed"
    loaded = {row["raw_table"] for row in registry_of(previous)}
    for column, types in state["types"].items():
        if column.split(".")[0] in loaded and previous["types"].get(column) != types:
            yield f"{column} has another type in a new file"


def new_files(previous: Mapping[str, Any] | None, state: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The files, by table and name, that the build before did not read."""
    loaded = {(row["raw_table"], row["file_name"]) for row in registry_of(previous)}
    return {(row["raw_table"], row["file_name"]) for row in registry_of(state)} - loaded


def place_in_line(previous: Mapping[str, Any] | None, is_full: bool) -> dict[str, Any]:
    """The number of a run, and the as_of of the build that it goes on from."""
    if previous is None or is_full:
        return {"run_number": 1, "previous_as_of": None}
    return {"run_number": previous["run_number"] + 1, "previous_as_of": previous["as_of"]}
