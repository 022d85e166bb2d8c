"""Published shops for all tests that need a finished build."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bi.serving import chromium
from tests.golden.conftest import CDNOW_AS_OF, build_warehouse, write_cdnow
from tests.once import once
from tests.publish.shop import Built, Warehouse, build, raw_files
from tests.raw.folder import write_folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The canary shop, built and published."""

    def make(folder: Path) -> None:
        write_folder(folder / "raw", raw_files())
        variables = '{"max_rejected_share": 1}'
        built: Built = build(folder / "raw", folder / "warehouse", VARS=variables)
        assert built.code == 0, built.text
        (folder / "printed.txt").write_text(built.text, encoding="utf-8")

    made = once(tmp_path_factory, "canary-shop", make)
    return Warehouse(made / "warehouse", (made / "printed.txt").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of one real build of the demo, to read only."""

    def make(folder: Path) -> None:
        built = build("seeds/demo", folder, AS_OF="2026-06-30", RUN_AT="", PII_SALT="")
        assert built.code == 0, built.text

    return once(tmp_path_factory, "demo-shop", make)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's browser. A process can drive one Playwright, and no asyncio beside it."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def cdnow_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of one real build of CDNOW as of its last day, with its raw folder; to
    read only."""

    def make(folder: Path) -> None:
        write_cdnow(folder / "raw")
        build_warehouse(folder / "raw", folder, CDNOW_AS_OF)

    return once(tmp_path_factory, "cdnow-shop", make)
