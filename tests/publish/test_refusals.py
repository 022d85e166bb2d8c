"""Wrong marts end to end, with real processes: refused, red in Dagster, the old file unchanged."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from orchestration.settings import PROJECT_DIR
from tests.publish.shop import AS_OF, BASE, Warehouse, finish, start_build
from tests.publish.test_kills import VARS, assert_whole
from tests.publish.test_publication import digest
from tests.raw.folder import csv_text

# A mistake in a model: its file, the columns it spoils, and the check that must stop it.
MISTAKES = {
    "contact data": (
        "models/customers/customers__customers.sql",
        "'a@b.de' as city",
        "customers/customers:no_contact_data",
    ),
    "interval": (
        "models/metrics/loyalty/metrics__nps.sql",
        "case when responses > 0 then nps + 1 else ci_low end as ci_low",
        "metrics/nps:nps_lies_in_its_interval",
    ),
    "rate": (
        "models/metrics/retention/metrics__retention_cohorts.sql",
        "retention_rate / 2 as retention_rate",
        "metrics/retention_cohorts:rates_follow_counts",
    ),
    "flow": (
        "models/metrics/flow/metrics__customer_flow.sql",
        "churned_customers + 1 as churned_customers",
        "metrics/customer_flow:assert_customer_flow_matches_lifecycle",
    ),
    "row balance": (
        "models/quality/quality__row_balance.sql",
        "raw_rows + 1 as raw_rows",
        "quality/row_balance:assert_row_balance_adds_up",
    ),
}


def project_with(mistake: str, folder: Path) -> tuple[Path, str]:
    """A copy of the project with a mistake in one model; the check that must stop it."""
    file, columns, check = MISTAKES[mistake]
    left_out = shutil.ignore_patterns(".*", "tests", "seeds", "examples", "warehouse", "target")
    project = Path(shutil.copytree(PROJECT_DIR, folder / "project", ignore=left_out))
    for part in ("tests/sql", "seeds/lookups"):
        shutil.copytree(PROJECT_DIR / part, project / part)
    model = project / file
    sql = model.read_text(encoding="utf-8")
    last_line = "select * from final"
    assert sql.rstrip().endswith(last_line)
    sql = sql.rstrip().removesuffix(last_line) + f"select * replace ({columns}) from final\n"
    model.write_text(sql, encoding="utf-8")
    return project, check


def red_checks(warehouse: Path) -> set[str]:
    """The checks that failed with severity error in the last run, as Dagster keeps them."""
    with dg.DagsterInstance.from_config(str(warehouse / "dagster")) as instance:
        run = instance.get_runs(limit=1)[0]
        assert run.status == dg.DagsterRunStatus.FAILURE
        events = [
            record.event_log_entry.dagster_event
            for record in instance.get_records_for_run(
                run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            ).records
        ]
    results = [event.asset_check_evaluation_data for event in events if event]
    return {
        f"{each.asset_key.to_user_string()}:{each.check_name}"
        for each in results
        if not each.passed and each.severity == dg.AssetCheckSeverity.ERROR
    }


def check_refused(
    warehouse: Warehouse, raw: Path, check: str, project: Path, variables: str = VARS
) -> None:
    """Assert that this project, on these raw files, publishes nothing, and shows why."""
    before = digest(warehouse.marts)
    built = finish(start_build(raw, warehouse.folder, project, VARS=variables))
    assert built.code == 1, built.text
    assert "Not published. " in built.text
    assert check.partition(":")[2] in built.text
    assert check in red_checks(warehouse.folder)
    assert digest(warehouse.marts) == before
    assert len(assert_whole(warehouse)) == 1
    page = (warehouse.folder / "quality_report.html").read_text(encoding="utf-8")
    assert "Not published." in page
    assert check.partition(":")[2] in page


def test_wrong_marts_are_refused(shop: Warehouse, warehouse: Warehouse, tmp_path: Path) -> None:
    # Prevents: a mistake in a model that reaches readers although a check sees it.
    project, check = project_with("contact data", tmp_path)
    check_refused(warehouse, shop.folder.parent / "raw", check, project)


@pytest.mark.soak
@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name != "contact data"])
def test_every_wrong_mart_is_refused(
    mistake: str, shop: Warehouse, warehouse: Warehouse, tmp_path: Path
) -> None:
    # Prevents: a mistake in a model that reaches readers although a check sees it.
    project, check = project_with(mistake, tmp_path)
    check_refused(warehouse, shop.folder.parent / "raw", check, project)


@pytest.mark.soak
def test_bad_raw_data_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    # Prevents: marts of a broken export.
    raw = tmp_path / "raw"
    raw.mkdir()
    good = [[str(number), "ann", AS_OF, "10"] for number in range(20)]
    bad = [[f"x{number}", "ann", "yesterday", "10"] for number in range(5)]
    names = list(BASE["orders"])
    (raw / "orders.csv").write_text(csv_text(names, [*good, *bad]), encoding="utf-8")
    check = "quality/row_balance:max_rejected_share_of_orders"
    check_refused(warehouse, raw, check, PROJECT_DIR, variables="")
