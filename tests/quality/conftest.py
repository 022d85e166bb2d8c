"""One finished and published build of the demo for the tests that spoil copies of it."""

import pytest

from orchestration.dbt_run import run_dbt
from orchestration.fit import fit_models
from orchestration.publish import publish
from orchestration.quality.suites import load_suites
from orchestration.settings import PROJECT_DIR
from tests.built_demo import built_demo

from .poison import Finished


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The demo's build file, with fitted models and what they predict, and its publication."""
    settings, manifest = built_demo(tmp_path_factory, tmp_path_factory.mktemp("finished"))
    fit_models(settings.build_file)
    predicting = ["--select", "intermediate__model_fits+", "--resource-type", "model"]
    run_dbt(settings, ["build", *predicting], keep_raw_tables=True)
    publish(settings, manifest, None, 0, [])
    suites = load_suites(PROJECT_DIR / "expectations", manifest)
    return Finished(settings.build_file, settings.published_file, suites, manifest)
