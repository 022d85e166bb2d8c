"""A replay is worth something only if a real build of the same raw folder gives the same rows."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import find
from hypothesis import strategies as st

from lint.project import ROOT
from tests.property.shops import CHOICES, SALT, dbt_vars, examples, replay
from tests.reference.histories import History, histories, write_history
from tests.reference.raw_rules import TABLES
from tests.replay.harness import Replay


def shop(seed: int) -> History:
    """A dirty shop with every table, in the time zones of CHOICES[1]."""
    history = find(
        histories(dirty=True, choices=st.just(CHOICES[1])),
        lambda found: found.raw.keys() == TABLES.keys() and len(found.raw["orders"]) > 20,
        settings=examples(500),
        random=random.Random(seed),
    )
    named = {
        table: [row | {"_file": f"{table}/{row['_file']}"} for row in rows]
        for table, rows in history.raw.items()
    }
    return History(named, history.settings, history.variables)


def folder_of(history: History, folder: Path) -> None:
    """Write the shop's raw folder; its file names already carry the table's folder."""
    short = {
        table: [row | {"_file": Path(row["_file"]).name} for row in rows]
        for table, rows in history.raw.items()
    }
    write_history(History(short, history.settings, history.variables), folder)


def real_build(history: History, folder: Path) -> duckdb.DuckDBPyConnection:
    """`dbt build` of the shop's raw folder; the build file, opened to be read."""
    shutil.rmtree(folder / "raw", ignore_errors=True)
    folder_of(history, folder / "raw")
    around = history.settings
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--quiet"]
    command += ["--exclude", "resource_type:unit_test"]
    command += ["--vars", json.dumps(dbt_vars(around, history.variables))]
    command += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    environment = {
        "RAW_DIR": str(folder / "raw"),
        "WAREHOUSE_DIR": str(folder / "warehouse"),
        "AS_OF": str(around.as_of or ""),
        "RUN_AT": around.now.isoformat(),
        "PII_SALT": SALT,
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return duckdb.connect(str(folder / "warehouse" / "build.duckdb"), read_only=True)


def rows_of(connection: duckdb.DuckDBPyConnection, relation: str) -> Counter[tuple[Any, ...]]:
    """The rows of a mart. Only a real build knows the line of the file on which a bad line stands,
    and so counts lines otherwise than the shop's rows."""
    columns = "* replace (case when reason <> 'bad_line' then file_row end as file_row)"
    selected = columns if relation == "quality.rejected_rows" else "*"
    return Counter(connection.execute(f"select {selected} from {relation}").fetchall())


def marts_differ(built: duckdb.DuckDBPyConnection, replayed: Replay) -> dict[str, str]:
    """The marts whose rows are not the same in a build and a replay, with the rows that differ."""
    found = {}
    for node in replayed.project.nodes:
        if node.kind == "model" and node.columns:
            real, other = rows_of(built, node.relation), rows_of(replayed.connection, node.relation)
            if real != other:
                found[node.relation] = f"{other - real} instead of {real - other}"
    return found


def without_later_files(history: History) -> History:
    """The shop before the files came whose names are not the first of their table."""
    first = {
        table: min((row["_file"] for row in rows), default="")
        for table, rows in history.raw.items()
    }
    raw = {
        table: [row for row in rows if row["_file"] == first[table]]
        for table, rows in history.raw.items()
    }
    return History(raw, history.settings, history.variables)


def test_a_replay_gives_the_rows_of_a_real_build(tmp_path: Path) -> None:
    for seed in (1, 2):  # what earlier runs leave behind must not show
        replay(shop(seed))
    history = shop(3)
    replayed = replay(history)
    with real_build(history, tmp_path) as built:
        assert marts_differ(built, replayed) == {}
    assert sum(bool(node.columns) for node in replayed.project.nodes) > len(TABLES)


@pytest.mark.parametrize(
    "seed", [4, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (5, 6, 7, 8))]
)
def test_a_real_build_that_goes_on_gives_the_rows_of_one_that_starts_anew(
    seed: int, tmp_path: Path
) -> None:
    history = shop(seed)
    real_build(without_later_files(history), tmp_path).close()
    with real_build(history, tmp_path) as built:
        assert built.execute("select is_full from raw.changes").fetchall() == [(False,)]
        assert marts_differ(built, replay(history)) == {}
