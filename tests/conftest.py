"""One published shop for all tests that need a finished build."""

import fcntl
import os
import shutil

import pytest

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
