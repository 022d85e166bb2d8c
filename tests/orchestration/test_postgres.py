import shutil
from pathlib import Path

import dagster as dg
import pytest
from dagster_postgres import PostgresEventLogStorage

from orchestration.settings import PROJECT_DIR


@dg.asset
def number() -> int:
    """Any asset."""
    return 1


def test_the_settings_for_production_keep_runs_in_postgres(
    postgres_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PROJECT_DIR / "orchestration/dagster.production.yaml", tmp_path / "dagster.yaml")
    names = {"HOST": "127.0.0.1", "PORT": str(postgres_port), "USER": "dagster", "PASSWORD": "x"}
    for name, value in {**names, "DB": "postgres"}.items():
        monkeypatch.setenv(f"DAGSTER_PG_{name}", value)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
        assert dg.materialize([number], instance=instance).success
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
        assert instance.get_latest_materialization_event(dg.AssetKey("number"))
