"""kill -9 at any moment: what is published stays whole, and the next build needs no clean-up."""

import os
import random
import signal
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import duckdb
import pytest

from tests.publish.shop import Warehouse, build, finish, start_build

TARGETS = ("parent", "child", "group")
VARS = '{"max_rejected_share": 1}'


def children(process: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == process and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def is_dbt(process: int) -> bool:
    """Whether a process is dbt."""
    with suppress(OSError):
        return b"dbt" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def dbt_of(build_process: subprocess.Popen[str]) -> int | None:
    """The dbt that a build has started; None once the build has ended."""
    while build_process.poll() is None:
        for child in filter(is_dbt, children(build_process.pid)):
            return child
        time.sleep(0.01)
    return None


def kill(process: subprocess.Popen[str], target: str) -> bool:
    """Kill -9 the build, its dbt, or both; whether there was something to kill."""
    victim = dbt_of(process) if target == "child" else process.pid
    if victim is None or process.poll() is not None:
        return False
    with suppress(ProcessLookupError):
        if target == "group":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            os.kill(victim, signal.SIGKILL)
    return True


def assert_whole(warehouse: Warehouse) -> list[str]:
    """Assert that every table of the published file can be read; the versions it knows of."""
    with closing(duckdb.connect(str(warehouse.marts.resolve()), read_only=True)) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'create temp table copy as from {schema}."{table}"')
            connection.execute("drop table copy")
        assert ("metrics", "revenue") in tables
        return [
            version
            for (version,) in connection.execute(
                "select version from quality.publication order by 1"
            ).fetchall()
        ]


def test_kills_leave_the_marts_and_nothing_to_clean_up(
    shop: Warehouse, warehouse: Warehouse
) -> None:
    # Prevents: half a mart after a crash, a lock or a file that keeps the next build from working,
    # and two builds that write into one another.
    raw, chance = shop.folder.parent / "raw", random.Random(9)
    before = assert_whole(warehouse)
    for target in TARGETS:
        process = start_build(raw, warehouse.folder, VARS=VARS)
        if target != "group":
            dbt_of(process)
        time.sleep(chance.uniform(0, 4))
        assert kill(process, target)
        said = finish(process)
        assert said.code != 0
        assert assert_whole(warehouse) == before
    # The last kill may have left a dbt without its parent; it ends by itself.
    pair = [start_build(raw, warehouse.folder, VARS=VARS) for _ in range(2)]
    first, second = sorted((finish(each) for each in pair), key=lambda built: built.code)
    assert first.code == 0, first.text
    assert second.code == 1
    assert "another build is writing here (process " in second.text
    assert "Traceback" not in second.text
    after = assert_whole(warehouse)
    assert after[:-1] == before


@pytest.fixture(scope="module")
def length(shop: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a build takes here and now, in seconds."""
    raw, started = shop.folder.parent / "raw", time.monotonic()
    assert build(raw, tmp_path_factory.mktemp("whole"), VARS=VARS).code == 0
    return time.monotonic() - started


@pytest.mark.soak
@pytest.mark.parametrize("number", range(20))
def test_a_kill_at_any_moment_is_survived(
    number: int, length: float, shop: Warehouse, warehouse: Warehouse
) -> None:
    # Prevents: a moment of a build at which a death leaves something that must be repaired by hand.
    raw, chance = shop.folder.parent / "raw", random.Random(number)
    target, before, was_running = TARGETS[number % 3], assert_whole(warehouse), False
    while not was_running:
        moment, started = chance.uniform(0, length), time.monotonic()
        process = start_build(raw, warehouse.folder, VARS=VARS)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        was_running = kill(process, target)
        said = finish(process)
        published = assert_whole(warehouse)
        assert published[: len(before)] == before
        assert len(published) - len(before) <= 1
        if not was_running:  # The machine is quicker than it was: the next moment is a sooner one.
            length, before = time.monotonic() - started, published
    built = build(raw, warehouse.folder, VARS=VARS)
    assert built.code == 0, built.text
    assert assert_whole(warehouse)[:-1] == published
    ended = "published" if len(published) > len(before) else "nothing new published"
    print(f"kill {number}: {target} after {moment:.0f} s, exit {said.code}, {ended}")
