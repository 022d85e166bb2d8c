"""Published shops for all tests that need a finished build."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR
from tests.publish.shop import Built, Warehouse, build, raw_files
from tests.raw.folder import write_folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The canary shop, built and published once, also where tests run in several processes."""
    folder = tmp_path_factory.getbasetemp()
    # One process of several has a folder of its own below the one of this run of the tests.
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "canary-shop"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        printed = shared / "printed.txt"
        if not printed.exists():
            shutil.rmtree(shared, ignore_errors=True)
            write_folder(shared / "raw", raw_files())
            built: Built = build(
                shared / "raw", shared / "warehouse", VARS='{"max_rejected_share": 1}'
            )
            assert built.code == 0, built.text
            printed.write_text(built.text, encoding="utf-8")
    return Warehouse(shared / "warehouse", printed.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of one real build of the demo, to read only.

    It is made once a run, also where tests run in several processes.
    """
    temporary = tmp_path_factory.getbasetemp()
    in_workers = "PYTEST_XDIST_WORKER" in os.environ
    shared = (temporary.parent if in_workers else temporary) / "demo-shop"
    built = shared / "built"
    shared.mkdir(exist_ok=True)
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            done = subprocess.run(
                [sys.executable, "-m", "orchestration.build"],
                cwd=PROJECT_DIR,
                env={
                    **os.environ,
                    "RAW_DIR": "seeds/demo",
                    "WAREHOUSE_DIR": str(shared),
                    "AS_OF": "2026-06-30",
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=900,
            )
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
            built.touch()
    return shared
