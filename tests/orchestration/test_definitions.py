import json
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.audiences import Member
from orchestration.manifest import built_nodes, is_in_ledger_stage, judged_node, stage_tests
from tests.audiences.published import exported, publish_members, settings_in


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_everything_loads(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_has_an_owner_a_group_and_kinds(specs: dict[str, dg.AssetSpec]) -> None:
    bare = [
        name
        for name, spec in specs.items()
        if not spec.owners or spec.group_name in (None, "default") or not spec.kinds
    ]
    assert bare == []


def test_what_is_published_is_held_to_a_freshness(specs: dict[str, dg.AssetSpec]) -> None:
    held = {name for name, spec in specs.items() if spec.freshness_policy}
    pages = {"quality_report", "overview_report"}
    wanted = {"published_marts", "metrics/customer_flow", "customers/rfm"} | pages
    assert wanted <= held


def test_every_dbt_test_of_the_project_is_a_check(definitions: dg.Definitions) -> None:
    from orchestration.defs.models import MANIFEST

    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    tests = {
        node["name"]
        for node in MANIFEST["nodes"].values()
        if node["resource_type"] == "test" and judged_node(MANIFEST, node)
    }
    assert tests - checks == set()


def test_every_expectation_is_a_check(definitions: dg.Definitions) -> None:
    from orchestration.defs.models import MANIFEST
    from orchestration.quality.suites import load_suites
    from orchestration.settings import PROJECT_DIR

    known = {
        (key.asset_key.to_user_string(), key.name)
        for key in definitions.resolve_asset_graph().asset_check_keys
    }
    for suite in load_suites(PROJECT_DIR / "expectations", MANIFEST):
        for rule in suite.rules:
            assert (suite.mart.replace(".", "/"), rule.check_name) in known


def test_the_first_dbt_process_needs_nothing_of_the_second() -> None:
    from orchestration.defs.models import MANIFEST

    nodes = built_nodes(MANIFEST)
    for node in nodes.values():
        if is_in_ledger_stage(node):
            late = [
                parent
                for parent in node["depends_on"].get("nodes", [])
                if parent in nodes and not is_in_ledger_stage(nodes[parent])
            ]
            assert late == [], node["name"]
    both = stage_tests(MANIFEST, ledger=True) & stage_tests(MANIFEST, ledger=False)
    assert both == set()


def test_the_day_begins_in_the_business_timezone(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily_build")
    assert schedule.cron_schedule == "0 6 * * *"
    assert schedule.execution_timezone == "Asia/Tehran"


def test_a_raw_file_that_changes_starts_one_build(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAW_DIR", str(tmp_path))
    sensor = definitions.resolve_sensor_def("raw_files_changed")
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id\n")
    set_age(orders, 100)

    def look(cursor: str | None) -> Any:
        with dg.DagsterInstance.ephemeral() as instance:
            return sensor.evaluate_tick(
                dg.build_sensor_context(instance, cursor=cursor, definitions=definitions)
            )

    first = look(None)
    assert not first.run_requests
    assert not look(first.cursor).run_requests
    orders.write_text("order_id\n1\n")
    set_age(orders, 1)
    assert not look(first.cursor).run_requests, "a file that is being written is not read"
    set_age(orders, 90)
    second = look(first.cursor)
    assert [request.tags["raw_files"] for request in second.run_requests or []] == [
        "changed: orders.csv"
    ]
    assert json.loads(second.cursor or "{}").keys() == {"orders.csv"}
    assert not look(second.cursor).run_requests


def test_lists_are_exported_by_a_job_of_their_own_and_only_on_demand(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Prevents: a nightly build that writes addresses to files, or a look at the lists that does.
    settings = settings_in(tmp_path)
    publish_members(
        settings, date(2026, 6, 30), [Member("app", "push", "c1", "contact", None, None)]
    )
    monkeypatch.setenv("RAW_DIR", str(settings.raw_dir))
    monkeypatch.setenv("WAREHOUSE_DIR", str(settings.warehouse_dir))
    monkeypatch.delenv("EXPORT", raising=False)
    build = definitions.resolve_job_def("build")
    assert "exported_audiences" not in {node.name for node in build.nodes}
    job = definitions.resolve_job_def("export_audiences")
    assert job.execute_in_process().success
    assert not (settings.warehouse_dir / "exports").exists()
    asked = {"ops": {"exported_audiences": {"config": {"export": True}}}}
    assert job.execute_in_process(run_config=asked).success
    assert exported(settings)["push/app.csv"] == b"customer_id\nc1\n"


def set_age(path: Path, seconds: float) -> None:
    import os
    import time

    os.utime(path, (time.time() - seconds, time.time() - seconds))
