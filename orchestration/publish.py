"""Publish the finished marts: a new version beside the others, then one rename.

Tables are created from their contracts (types, not null, comments), loaded from the build file,
made durable, hard-linked and renamed over marts.duckdb. Whoever reads sees the old version or the
new one, whole, whatever happens in between.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.quality.results import RESULT_COLUMNS, CheckResult
from orchestration.raw_files import identifier, quote
from orchestration.settings import Settings
from orchestration.versions import kept_versions, version_behind

PUBLICATION_COLUMNS = {
    "version": ("varchar not null", "Version, the UTC time of publication; sorts by age."),
    "published_at": ("timestamp not null", "When it was published, UTC."),
    "as_of": ("date not null", "Last business date that counts."),
    "git_commit": ("varchar", "Commit of the project; null outside git."),
    "vars_fingerprint": ("varchar not null", "Hash of the vars that shape the marts."),
    "source": ("varchar not null", "Folder the raw tables came from."),
    "reporting_currency": ("varchar not null", "Currency of every amount."),
    "raw_files": ("varchar not null", "The raw files used, as JSON: path, size, SHA-256."),
    "checks_run": ("bigint not null", "Checks that judged this version."),
    "checks_warned": ("varchar not null", "The checks that warned, as a JSON list."),
}


class PublicationRefusedError(Exception):
    """The marts are not published; the message says why. What was published before stays."""


@dataclass(frozen=True)
class Mart:
    """A published table as its contract declares it."""

    schema: str
    name: str
    description: str
    columns: Mapping[str, Mapping[str, Any]]


def published_marts(manifest: Mapping[str, Any]) -> list[Mart]:
    """The public models of the project, by schema and name."""
    marts = [
        Mart(node["schema"], node["alias"], node["description"], node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    ]
    return sorted(marts, key=lambda mart: (mart.schema, mart.name))


def mart_statements(mart: Mart) -> list[str]:
    """The statements that make one mart from its contract and load it from the build file."""
    relation = f"{mart.schema}.{identifier(mart.name)}"
    columns = []
    for name, column in mart.columns.items():
        required = any(each["type"] == "not_null" for each in column["constraints"])
        columns.append(f"{identifier(name)} {column['data_type']}{' not null' if required else ''}")
    names = ", ".join(identifier(name) for name in mart.columns)
    statements = [
        f"create schema if not exists {mart.schema}",
        f"create table {relation} ({', '.join(columns)})",
        f"insert into {relation} select {names} from build.{relation}",
        f"comment on table {relation} is {quote(mart.description)}",
    ]
    statements += [
        f"comment on column {relation}.{identifier(name)} is {quote(column['description'])}"
        for name, column in mart.columns.items()
    ]
    return statements


def last_publication(published_file: Path) -> dict[str, Any] | None:
    """The newest publication that the published file knows of; None before the first."""
    if not published_file.exists():
        return None
    with closing(duckdb.connect(str(published_file.resolve()), read_only=True)) as connection:
        cursor = connection.execute("from quality.publication order by version desc limit 1")
        row = cursor.fetchone()
        names = [column[0] for column in cursor.description or ()]
    return dict(zip(names, row, strict=True)) if row else None


def refuse_older(settings: Settings, as_of: date, source: str) -> None:
    """Raise PublicationRefusedError where this as_of would take readers of this source back."""
    previous = last_publication(settings.published_file)
    if previous is None or settings.allow_older:
        return
    if previous["source"] == source and as_of < previous["as_of"]:
        raise PublicationRefusedError(
            f"as_of {as_of} lies before the published {previous['as_of']}:"
            " the published marts stay. Set ALLOW_OLDER=1 to go back on purpose."
        )
    if previous["source"] != source:
        print(f"New source: {source} (published so far: {previous['source']})")


def describe_run(settings: Settings) -> dict[str, Any]:
    """What the build file tells of its run: as_of, fingerprint, source and raw files."""
    with closing(duckdb.connect(str(settings.build_file), read_only=True)) as connection:
        as_of, fingerprint, source = connection.execute(
            "select run_context.as_of, run_request.vars_fingerprint, run_request.raw_dir"
            " from staging.run_context cross join raw.run_request"
        ).fetchall()[0]
        files = connection.execute(
            "select file_name, size_bytes, content_hash from raw.files order by file_name"
        ).fetchall()
        currency = connection.execute("select reporting_currency from raw.run_request").fetchall()
    return {
        "as_of": as_of,
        "vars_fingerprint": fingerprint,
        "source": source,
        "reporting_currency": currency[0][0],
        "raw_files": json.dumps([list(file) for file in files]),
    }


def publish(
    settings: Settings,
    manifest: Mapping[str, Any],
    git_commit: str | None,
    checks_run: int,
    checks_warned: Sequence[str],
    check_results: Sequence[CheckResult] = (),
) -> Path:
    """Publish the build file's marts as a new version, with what the checks said; returns its path.

    Raises PublicationRefusedError for an as_of before the published one of the same source.
    """
    run = describe_run(settings)
    refuse_older(settings, run["as_of"], run["source"])
    published_at = datetime.now(UTC).replace(tzinfo=None)
    version = published_at.strftime("%Y%m%dT%H%M%S%fZ")
    publication = {
        **run,
        "version": version,
        "published_at": published_at,
        "git_commit": git_commit,
        "checks_run": checks_run,
        "checks_warned": json.dumps(list(checks_warned)),
    }
    versions = settings.warehouse_dir / "versions"
    versions.mkdir(exist_ok=True)
    remove_unfinished(settings)
    path = versions / f"marts-{version}.duckdb"
    scratch = path.with_suffix(".unfinished")
    write_version(scratch, settings, published_marts(manifest), publication, check_results)
    scratch.rename(path)
    sync(path)
    sync(versions)
    point_at(settings.published_file, path)
    prune(settings.published_file, settings.keep_published)
    return path


def remove_unfinished(settings: Settings) -> None:
    """Remove what a killed publication left behind; nothing published is touched."""
    leftovers = [
        *(settings.warehouse_dir / "versions").glob("*.unfinished*"),
        *settings.warehouse_dir.glob(".marts-*"),
    ]
    for leftover in leftovers:
        leftover.unlink()


def write_version(
    path: Path,
    settings: Settings,
    marts: Iterable[Mart],
    publication: Mapping[str, Any],
    check_results: Sequence[CheckResult],
) -> None:
    """Write all marts and the records of the publication into a new file, checkpointed."""
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(f"attach {quote(str(settings.build_file))} as build (read_only)")
        for mart in marts:
            for statement in mart_statements(mart):
                connection.execute(statement)
        connection.execute("create schema if not exists quality")
        create_record(connection, "publication", "One row a publication.", PUBLICATION_COLUMNS)
        what = "What each check said of each publication."
        create_record(connection, "check_results", what, RESULT_COLUMNS)
        copy_records(connection, settings.published_file)
        connection.execute(
            f"insert into quality.publication values ({', '.join('?' * len(PUBLICATION_COLUMNS))})",
            [publication[name] for name in PUBLICATION_COLUMNS],
        )
        if check_results:
            cells = ", ".join("?" * len(RESULT_COLUMNS))
            connection.executemany(
                f"insert into quality.check_results values ({cells})",
                [[publication["version"], *result.cells()] for result in check_results],
            )
        connection.execute("detach build")
        connection.execute("checkpoint")
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    sync(path)


def create_record(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    comment: str,
    columns: Mapping[str, tuple[str, str]],
) -> None:
    """Create a table of schema quality, column by column: type and comment."""
    create = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    connection.execute(f"create table quality.{table} ({create})")
    connection.execute(f"comment on table quality.{table} is {quote(comment)}")
    for name, (_, text) in columns.items():
        connection.execute(f"comment on column quality.{table}.{name} is {quote(text)}")


def copy_records(connection: duckdb.DuckDBPyConnection, published_file: Path) -> None:
    """Take over the records of earlier publications, those tables that the earlier file has."""
    if not published_file.exists():
        return
    connection.execute(f"attach {quote(str(published_file.resolve()))} as before (read_only)")
    for table, columns in (("publication", PUBLICATION_COLUMNS), ("check_results", RESULT_COLUMNS)):
        known = connection.execute(
            "select count(*) from duckdb_tables()"
            " where database_name = 'before' and schema_name = 'quality' and table_name = ?",
            [table],
        ).fetchall()
        if known[0][0]:
            names = ", ".join(columns)
            connection.execute(
                f"insert into quality.{table} select {names} from before.quality.{table}"
            )
    connection.execute("detach before")


def point_at(published_file: Path, version: Path) -> None:
    """Make the published file this version, atomically and durably."""
    link = published_file.with_name(f".{version.name}")
    link.unlink(missing_ok=True)
    os.link(version, link)
    link.replace(published_file)
    sync(published_file.parent)


def prune(published_file: Path, keep: int) -> None:
    """Remove all but the newest versions; the published one always stays."""
    published = version_behind(published_file)
    for path in kept_versions(published_file)[:-keep]:
        if path != published:
            path.unlink()


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
