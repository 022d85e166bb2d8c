import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration.settings import PROJECT_DIR


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The Dagster project, loaded once a process, for a business in Tehran."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_DIR", str(tmp_path_factory.mktemp("warehouse")))
        patch.setenv("VARS", "{business_timezone: Asia/Tehran}")
        from orchestration.definitions import defs

        return defs()


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of one real `make build` of the demo."""
    warehouse = tmp_path_factory.mktemp("demo")
    environment = {"RAW_DIR": "seeds/demo", "AS_OF": "2026-06-30", "DAGSTER_HOME": ""}
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.build"],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment, "WAREHOUSE_DIR": str(warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return warehouse
