"""The demo's build file, made once for all tests and processes of a run."""

import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt_run import read_manifest, run_dbt
from orchestration.settings import PROJECT_DIR, Settings

AS_OF = "2026-06-30"


def built_demo(factory: pytest.TempPathFactory, warehouse: Path) -> tuple[Settings, Any]:
    """Settings of a warehouse that holds a copy of the demo's build file, and the manifest.

    dbt's tests are left out, they run elsewhere. Nothing is published yet.
    """
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "built-demo"
    shared.mkdir(exist_ok=True)
    made = settings_of(shared, PROJECT_DIR / "seeds/demo", AS_OF)
    with (shared / "waiting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "is-built").exists():
            build_models(made)
            (shared / "is-built").touch()
    shutil.copy(made.build_file, warehouse / made.build_file.name)
    return settings_of(warehouse, made.raw_dir, AS_OF), read_manifest(made)


def settings_of(warehouse: Path, raw: Path, as_of: str) -> Settings:
    """Settings of a build in a folder of its own."""
    return Settings(
        raw_dir=raw, warehouse_dir=warehouse, as_of=as_of, variables="", allow_older=False
    )


def build_models(settings: Settings) -> Mapping[str, Any]:
    """Run seeds and models, without tests; returns the manifest."""
    run_dbt(settings, ["build", "--resource-type", "model", "seed"])
    return read_manifest(settings)
