"""Copies of the published shop to publish again."""

import shutil
from pathlib import Path

import pytest

from tests.publish.shop import Warehouse


@pytest.fixture
def warehouse(shop: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """A copy of the published shop that a test may publish again."""
    folder = tmp_path / "warehouse"
    (folder / "versions").mkdir(parents=True)
    (folder / "target").mkdir()
    for name in ("build.duckdb", "target/manifest.json"):
        shutil.copy(shop.folder / name, folder / name)
    version = next((shop.folder / "versions").glob("marts-*.duckdb"))
    shutil.copy(version, folder / "versions" / version.name)
    (folder / "marts.duckdb").hardlink_to(folder / "versions" / version.name)
    monkeypatch.setenv("WAREHOUSE_DIR", str(folder))
    monkeypatch.setenv("RAW_DIR", str(shop.folder.parent / "raw"))
    monkeypatch.delenv("ALLOW_OLDER", raising=False)
    monkeypatch.delenv("AS_OF", raising=False)
    return Warehouse(folder, shop.printed)
