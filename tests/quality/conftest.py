"""One finished and published build of the demo for the tests that spoil copies of it."""

from pathlib import Path

import pytest

from orchestration.publish import publish
from orchestration.quality.suites import load_suites
from orchestration.settings import PROJECT_DIR
from tests.copied import copied_demo

from .poison import Finished


@pytest.fixture(scope="session")
def finished(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The demo's build file and its publication."""
    settings, manifest = copied_demo(demo_warehouse, tmp_path_factory.mktemp("finished"))
    publish(settings, manifest, None, 0, [])
    suites = load_suites(PROJECT_DIR / "expectations", manifest)
    return Finished(settings.build_file, settings.published_file, suites, manifest)
