"""The dashboard as its readers meet it: a server on a published shop, and a browser."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bi.serving import free_port, served
from orchestration.publish import publish
from orchestration.quality.results import CheckResult
from orchestration.settings import Settings
from tests.copied import copied_build, copied_demo, settings_of
from tests.golden.conftest import CDNOW_AS_OF

WARNED = CheckResult(
    "metrics.revenue", "orders_halve", "drift", "warning", "warn", "66 against 134 <b>orders</b>"
)
MARTS = "select schema_name || '.' || table_name from duckdb_tables()"


@dataclass(frozen=True)
class Shop:
    """A published shop and the address of its dashboard."""

    settings: Settings
    manifest: Mapping[str, Any]
    address: str = ""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the published marts."""
        path = str(self.settings.published_file.resolve())
        with duckdb.connect(path, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def marts(self) -> set[str]:
        """The published tables."""
        return {row[0] for row in self.rows(MARTS)}

    def publish(self) -> str:
        """Publish the build file as a new version; returns its name."""
        path = publish(self.settings, self.manifest, "commit", 1, [WARNED.check_name], [WARNED])
        return path.stem.removeprefix("marts-")


def dashboard_of(settings: Settings) -> AbstractContextManager[str]:
    """The address of a dashboard of this warehouse, as `make report` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "report", f"--server.port={port}"]
    environment = {**os.environ, "WAREHOUSE_DIR": str(settings.warehouse_dir)}
    return served(command, environment, port, "/_stcore/health")


@pytest.fixture(scope="session")
def demo(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo shop, with a check that warns."""
    settings, manifest = copied_demo(demo_warehouse, tmp_path_factory.mktemp("demo"))
    shop = Shop(settings, manifest)
    shop.publish()
    with dashboard_of(settings) as address:
        yield Shop(settings, manifest, address)


@pytest.fixture(scope="session")
def cdnow(cdnow_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """CDNOW: orders and nothing else."""
    made = settings_of(cdnow_warehouse, cdnow_warehouse / "raw", CDNOW_AS_OF)
    settings, manifest = copied_build(made, tmp_path_factory.mktemp("cdnow"))
    shop = Shop(settings, manifest)
    shop.publish()
    with dashboard_of(settings) as address:
        yield Shop(settings, manifest, address)


@pytest.fixture(scope="session")
def shop(request: pytest.FixtureRequest) -> Shop:
    """The shop that a test names."""
    found: Shop = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def published_demo(demo: Shop) -> Path:
    """The published file of the demo."""
    return demo.settings.published_file
