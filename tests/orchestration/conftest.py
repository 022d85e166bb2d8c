import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bi.serving import free_port


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The Dagster project, loaded once a process, for a business in Tehran."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_DIR", str(tmp_path_factory.mktemp("warehouse")))
        patch.setenv("VARS", "{business_timezone: Asia/Tehran}")
        from orchestration.definitions import defs

        return defs()


def as_postgres(*command: str) -> None:
    """Run a program of PostgreSQL, which refuses to run as root, as its own user."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def program(name: str) -> str:
    """The newest PostgreSQL's program; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """The port of a database server that lives in a temporary folder."""
    folder = Path("/tmp") / f"marts_postgres_{os.getpid()}"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    number = free_port()
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
