"""Real builds for the golden tests: the command an engineer calls, in folders of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from tests.copied import build_models, settings_of
from tests.publish.shop import build

ROOT = Path(__file__).parents[2]
RUN_AT = "2026-01-01T00:00:00Z"  # one present moment, so that two builds differ in nothing else
CDNOW_AS_OF = "1998-06-30"


class Warehouse(NamedTuple):
    """The two files of a finished build."""

    build: Path
    marts: Path

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the published marts."""
        with duckdb.connect(str(self.marts), read_only=True) as connection:
            return connection.execute(query, values).fetchall()

    def build_rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the build file, which holds staging and the facts."""
        with duckdb.connect(str(self.build), read_only=True) as connection:
            return connection.execute(query).fetchall()


def run(command: Sequence[str], **environment: str) -> None:
    """Run a command from the project's folder; on failure raise with what it printed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode != 0:
        raise AssertionError(
            f"{' '.join(command)} failed\n{done.stdout[-6000:]}{done.stderr[-6000:]}"
        )


def build_warehouse(raw: Path, warehouse: Path, as_of: str) -> Warehouse:
    """Build and publish the marts of a raw folder as of a date (YYYY-MM-DD)."""
    built = build(raw, warehouse, AS_OF=as_of, RUN_AT=RUN_AT, PII_SALT="")
    assert built.code == 0, built.text
    return Warehouse(warehouse / "build.duckdb", warehouse / "marts.duckdb")


def build_models_of(raw: Path, warehouse: Path, as_of: str) -> Warehouse:
    """Seeds, fits and models of a raw folder without tests, checks and publishing: for what reads
    `build`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUN_AT", RUN_AT)
        patch.setenv("PII_SALT", "")
        settings = settings_of(warehouse, raw, as_of)
        build_models(settings)
    return Warehouse(settings.build_file, settings.build_file)


def write_cdnow(raw: Path, *options: str) -> None:
    """Write CDNOW as a raw folder with the options of its command."""
    run([sys.executable, "-m", "examples.cdnow.to_raw", str(raw), *options])


def marts_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> Iterator[tuple[str, str]]:
    """Yield the schema and name of every mart but those of the publication and its checks, which
    name their run."""
    yield from connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = ? and table_schema in ('customers', 'metrics', 'quality') "
        "and table_name not in ('publication', 'check_results') order by all",
        [catalog],
    ).fetchall()


def differing_marts(left: Warehouse, right: Warehouse) -> dict[str, tuple[int, int]]:
    """Count, for each mart that differs, the rows only the left and only the right one has.

    Columns that name a file are left out: the file names are what was changed. A mart that one
    side lacks raises duckdb.Error.
    """
    different = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left.marts}' as left_marts (read_only)")
        connection.execute(f"attach '{right.marts}' as right_marts (read_only)")
        names = set(marts_of(connection, "left_marts")) | set(marts_of(connection, "right_marts"))
        for schema, name in sorted(names):
            columns = "columns(column_name -> column_name not in ('file', 'files'))"
            sides = [
                f"select {columns} from {catalog}.{schema}.{name}"
                for catalog in ("left_marts", "right_marts")
            ]
            counts = [
                connection.execute(f"select count(*) from ({one} except all {other})").fetchone()
                for one, other in (sides, reversed(sides))
            ]
            only_left, only_right = (int(count[0]) if count else 0 for count in counts)
            if only_left or only_right:
                different[f"{schema}.{name}"] = (only_left, only_right)
    return different


@pytest.fixture(scope="session")
def cdnow(cdnow_warehouse: Path) -> Warehouse:
    """CDNOW from one Parquet file, as of its last day."""
    return Warehouse(cdnow_warehouse / "build.duckdb", cdnow_warehouse / "marts.duckdb")


@pytest.fixture(scope="session")
def cdnow_again(cdnow_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The same raw folder built again, going on from the first build."""
    folder = tmp_path_factory.mktemp("cdnow_again")
    shutil.copy(cdnow_warehouse / "build.duckdb", folder)
    return build_models_of(cdnow_warehouse / "raw", folder, CDNOW_AS_OF)
