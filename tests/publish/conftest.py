"""One published shop for all tests of this folder, and copies of it to publish again."""

import fcntl
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt_run import read_manifest
from orchestration.publish import publish
from orchestration.settings import read_settings
from tests.publish.shop import Built, build, raw_files
from tests.raw.folder import write_folder


class Warehouse:
    """A warehouse folder with a build file and a published file."""

    def __init__(self, folder: Path, printed: str) -> None:
        self.folder = folder
        self.printed = printed
        self.marts = folder / "marts.duckdb"

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the published marts."""
        with duckdb.connect(str(self.marts.resolve()), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def publish(self) -> Path:
        """Publish the build file as it is."""
        settings = read_settings()
        assert settings.warehouse_dir == self.folder
        return publish(settings, read_manifest(settings), "commit", 1, [])

    def change_build(self, statement: str) -> None:
        """Change the build file, as if another run had left it."""
        with duckdb.connect(str(self.folder / "build.duckdb")) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The canary shop, built and published once, also where tests run in several processes."""
    shared = tmp_path_factory.getbasetemp().parent / "canary-shop"
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
