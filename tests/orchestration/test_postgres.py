import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster_postgres import PostgresEventLogStorage

from orchestration.settings import PROJECT_DIR


def as_postgres(*command: str) -> None:
    """Run a program of PostgreSQL, which refuses to run as root, as its own user."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def program(name: str) -> str:
    """The newest PostgreSQL's program; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a database server that lives in a temporary folder."""
    folder = Path("/tmp") / f"marts_postgres_{os.getpid()}"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    data = str(folder / "data")
    try:
        as_postgres(program("initdb"), "-D", data, "-U", "dagster", "-A", "trust", "--no-sync")
        options = f"-p {number} -h 127.0.0.1 -k {folder} -F"
        as_postgres(
            program("pg_ctl"), "-D", data, "-w", "-l", data + ".log", "-o", options, "start"
        )
        try:
            yield number
        finally:
            as_postgres(program("pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@dg.asset
def number() -> int:
    """Any asset."""
    return 1


def test_the_settings_for_production_keep_runs_in_postgres(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PROJECT_DIR / "orchestration/dagster.production.yaml", tmp_path / "dagster.yaml")
    names = {"HOST": "127.0.0.1", "PORT": str(port), "USER": "dagster", "PASSWORD": "x"}
    for name, value in {**names, "DB": "postgres"}.items():
        monkeypatch.setenv(f"DAGSTER_PG_{name}", value)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
        assert dg.materialize([number], instance=instance).success
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
        assert instance.get_latest_materialization_event(dg.AssetKey("number"))
