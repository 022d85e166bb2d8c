"""Warehouses that tests may change: a copy of a build file, or models without tests."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.dbt_run import read_manifest, run_dbt
from orchestration.fit import fit_models
from orchestration.manifest import stage_arguments
from orchestration.settings import PROJECT_DIR, Settings


def settings_of(warehouse: Path, raw: Path, as_of: str) -> Settings:
    """Settings of a build in a folder of its own."""
    return Settings(
        raw_dir=raw, warehouse_dir=warehouse, as_of=as_of, variables="", allow_older=False
    )


def copied_demo(demo_warehouse: Path, warehouse: Path) -> tuple[Settings, Mapping[str, Any]]:
    """As `copied_build`, of the demo."""
    made = settings_of(demo_warehouse, PROJECT_DIR / "seeds/demo", "2026-06-30")
    return copied_build(made, warehouse)


def copied_build(made: Settings, warehouse: Path) -> tuple[Settings, Mapping[str, Any]]:
    """Settings of a warehouse with a copy of this build file, nothing published yet, and the
    manifest."""
    settings = settings_of(warehouse, made.raw_dir, made.as_of)
    shutil.copy(made.build_file, settings.build_file)
    return settings, read_manifest(made)


def build_models(settings: Settings) -> Mapping[str, Any]:
    """Run seeds and models, with the fits between as a build has them, without tests; returns the
    manifest."""
    for ledger in (True, False):
        run_dbt(settings, [*stage_arguments(ledger), "--exclude-resource-type", "test"])
        if ledger:
            fit_models(settings.build_file)
    return read_manifest(settings)
