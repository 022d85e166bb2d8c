import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.dbt_run import DbtFailedError, DbtResult
from orchestration.manifest import built_nodes, is_in_ledger_stage, stage_tests
from orchestration.publish import PublicationRefusedError
from orchestration.quality.suites import load_suites
from orchestration.run_record import RunRecord
from orchestration.settings import PROJECT_DIR, Settings
from tests.publish.shop import Warehouse


@dataclass
class Replay(RunRecord):
    """A run whose dbt processes are those of a finished build, one test of which may fail."""

    failing_test: str = ""

    def run_stage(self, ledger: bool, arguments: Sequence[str]) -> DbtResult:  # noqa: ARG002
        """Say of every node that it was built and of every test that it passed, but for one."""
        result = DbtResult()
        for unique_id, node in built_nodes(self.manifest).items():
            if is_in_ledger_stage(node) == ledger:
                result.statuses[unique_id] = "success"
        for unique_id in stage_tests(self.manifest, ledger):
            result.statuses[unique_id] = "pass"
            if self.failing_test and unique_id.split(".")[2].startswith(self.failing_test):
                result.statuses[unique_id] = "fail"
        for unique_id in result.statuses:
            result.messages[unique_id] = ""
            result.failures[unique_id] = 0
            result.seconds[unique_id] = 0.0
        in_order = {each: position for position, each in enumerate(order(self.manifest))}
        result.statuses = dict(
            sorted(result.statuses.items(), key=lambda item: in_order.get(item[0], len(in_order)))
        )
        self.results[ledger] = result
        if "fail" in result.statuses.values():
            self.problems.append(f"{self.failing_test}: rows found")
            raise DbtFailedError(f"{self.failing_test}: rows found", result)
        return result


def order(manifest: Mapping[str, Any]) -> list[str]:
    """The models and seeds, parents first."""
    done: list[str] = []

    def visit(unique_id: str) -> None:
        node = manifest["nodes"].get(unique_id)
        if node is None or unique_id in done:
            return
        for parent in node["depends_on"].get("nodes", []):
            visit(parent)
        done.append(unique_id)

    for unique_id in built_nodes(manifest):
        visit(unique_id)
    return done


def replay(
    definitions: dg.Definitions,
    shop: Warehouse,
    folder: Path,
    poison: str = "",
    failing_test: str = "",
) -> tuple[Replay, dg.ExecuteInProcessResult, dict[str, bool]]:
    """Run the job on a copy of a finished build; the checks that were evaluated, passed or not."""
    shutil.copy(shop.folder / "build.duckdb", folder)
    shutil.copy(shop.folder / "marts.duckdb", folder)
    if poison:
        with duckdb.connect(str(folder / "build.duckdb")) as connection:
            connection.execute(poison)
    manifest = json.loads((shop.folder / "target" / "manifest.json").read_text())
    record = Replay(
        Settings(shop.folder.parent / "raw", folder, "2026-06-30", "", False),
        manifest,
        load_suites(PROJECT_DIR / "expectations", manifest),
        failing_test=failing_test,
    )
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("build").execute_in_process(
            instance=instance,
            resources={"warehouse": record},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    checks = {
        f"{each.asset_key.to_user_string()}:{each.check_name}": each.passed
        for each in result.get_asset_check_evaluations()
        if each.severity == dg.AssetCheckSeverity.ERROR
    }
    return record, result, checks


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_whole_run_that_passes_publishes_a_newer_version(
    definitions: dg.Definitions, shop: Warehouse, tmp_path: Path
) -> None:
    record, result, checks = replay(definitions, shop, tmp_path)
    assert result.success, record.problems
    assert all(checks.values())
    assert digest(tmp_path / "marts.duckdb") != digest(shop.folder / "marts.duckdb")
    assert (tmp_path / "quality_report.html").stat().st_size > 0


def test_an_expectation_that_does_not_hold_keeps_the_old_file(
    definitions: dg.Definitions, shop: Warehouse, tmp_path: Path
) -> None:
    record, result, checks = replay(
        definitions,
        shop,
        tmp_path,
        poison="update metrics.customer_flow set customers_end = customers_end + 7"
        " where calendar = 'gregorian' and period_grain = 'month'"
        " and period_start = date '2026-03-01'",
    )
    assert not result.success
    red = {name for name, passed in checks.items() if not passed}
    assert red
    assert all(name.startswith("metrics/customer_flow:") for name in red)
    assert digest(tmp_path / "marts.duckdb") == digest(shop.folder / "marts.duckdb")
    assert record.published is None
    assert any("metrics.customer_flow" in problem for problem in record.problems)


def test_a_failed_test_of_the_ledgers_stops_everything_after_it(
    definitions: dg.Definitions, shop: Warehouse, tmp_path: Path
) -> None:
    record, result, checks = replay(
        definitions, shop, tmp_path, failing_test="assert_row_balance_adds_up"
    )
    assert not result.success
    assert checks["quality/row_balance:assert_row_balance_adds_up"] is False
    assert set(record.results) == {True}, "the second dbt process must not start"
    assert not any(name.startswith("metrics/") for name in checks)
    assert digest(tmp_path / "marts.duckdb") == digest(shop.folder / "marts.duckdb")


def test_nothing_unjudged_is_published(shop: Warehouse, tmp_path: Path) -> None:
    shutil.copy(shop.folder / "build.duckdb", tmp_path)
    manifest = json.loads((shop.folder / "target" / "manifest.json").read_text())
    settings = Settings(shop.folder.parent / "raw", tmp_path, "", "", False)
    record = Replay(settings, manifest, [])
    record.run_stage(True, [])
    with pytest.raises(PublicationRefusedError, match="start the whole job build"):
        record.publish()
