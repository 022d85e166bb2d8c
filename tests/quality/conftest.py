"""One finished and published build of the demo for the tests that spoil copies of it."""

import pytest

from orchestration.dbt_run import read_manifest, run_dbt
from orchestration.fit import fit_models
from orchestration.manifest import stage_arguments
from orchestration.publish import publish
from orchestration.quality.suites import load_suites
from orchestration.settings import PROJECT_DIR, Settings

from .poison import Finished


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The demo's build file and its publication; dbt's tests are left out, they run elsewhere."""
    settings = Settings(
        raw_dir=PROJECT_DIR / "seeds/demo",
        warehouse_dir=tmp_path_factory.mktemp("finished"),
        as_of="2026-06-30",
        variables="",
        allow_older=False,
    )
    for ledger in (True, False):
        run_dbt(settings, [*stage_arguments(ledger), "--exclude-resource-type", "test"])
        if ledger:
            fit_models(settings.build_file)
    manifest = read_manifest(settings)
    publish(settings, manifest, None, 0, [])
    suites = load_suites(PROJECT_DIR / "expectations", manifest)
    return Finished(settings.build_file, settings.published_file, suites, manifest)
