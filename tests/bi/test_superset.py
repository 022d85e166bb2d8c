"""The imported dashboard, asked through Superset's API, draws what the marts say.

It installs Superset, so it is a soak test: `make soak`.
"""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bi.serving import free_port, served
from bi.superset.__main__ import USER, prepare, serve
from lint.project import ROOT
from orchestration.settings import read_settings

MONTHS = "calendar = 'gregorian' and period_grain = 'month'"
# What each chart must show, asked of the marts.
CHARTS = {
    "Customers in and out": (
        "select period_start, new_customers, reactivated_customers, churned_customers"
        f" from metrics.customer_flow where {MONTHS}"
    ),
    "Churn rate": (
        f"select period_start, churn_rate from metrics.customer_flow where {MONTHS}"
        " and is_complete and not is_burn_in"
    ),
    "Net revenue": f"select period_start, net_revenue from metrics.revenue where {MONTHS}",
    "Buyers who repeat and who return": (
        "select period_start, repeat_rate, returning_rate from metrics.repeat_purchase"
        f" where {MONTHS} and is_complete"
    ),
    "Retention by cohort": (
        "select month_number, cohort_month, retention_rate from metrics.retention_cohorts"
        " where calendar = 'gregorian' and is_complete"
    ),
    "RFM segments at month ends": (
        "select month_end, segment, customers from metrics.rfm_segments"
        " where calendar = 'gregorian'"
    ),
    "Net Promoter Score with its interval": (
        "select period_start, ci_low, nps, ci_high from metrics.nps where calendar = 'gregorian'"
        " and period_grain = 'quarter' and segment_type = 'all'"
    ),
    "Channels, year by year": (
        "select period_start, acquisition_channel, new_customers, spend, cac, ltv, ltv_to_cac"
        " from metrics.acquisition where calendar = 'gregorian' and period_grain = 'year'"
    ),
    "Figures with a target": (
        "select period_start, metric, value, target, status from metrics.kpis"
        f" where {MONTHS} and target is not null"
    ),
    "Publications": (
        "select version, published_at, as_of, checks_run, checks_warned from quality.publication"
    ),
}

pytestmark = pytest.mark.soak


class Api:
    """Superset's API with a signed-in user."""

    def __init__(self, address: str, password: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.headers: dict[str, str] = {}
        login = {"username": USER, "password": password, "provider": "db", "refresh": False}
        token = self.ask("security/login", login)["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"
        self.headers["X-CSRFToken"] = self.ask("security/csrf_token/")["result"]

    def ask(self, path: str, body: Any = None) -> Any:
        """The answer of a path below /api/v1, to POST where there is a body."""
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", headers=self.headers)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with self.opener.open(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode())
            raise


@pytest.fixture(scope="module")
def superset(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Superset in its own environment, set up and served as `make superset` does it."""
    subprocess.run(["make", "-s", ".venv-superset/.ready"], cwd=ROOT, check=True, timeout=1200)
    folder = tmp_path_factory.mktemp("superset")
    (folder / "marts.duckdb").hardlink_to(demo_warehouse / "marts.duckdb")
    program = ROOT / ".venv-superset/bin/superset"
    environment, password = prepare(replace(read_settings(), warehouse_dir=folder), program)
    port = free_port()
    log = folder / "superset.log"
    with served([program, *serve(port)], environment, port, "/health", log) as address:
        yield Api(address, password)


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts."""
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as connection:
        yield connection


def comparable(cell: object) -> object:
    """A cell as both sides can have it: dates as milliseconds, numbers to nine digits."""
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        cell = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    if isinstance(cell, Decimal | float | int):
        return f"{float(cell):.9g}"
    return cell


def test_every_chart_shows_the_marts(superset: Api, marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: a chart that filters, adds up or rounds otherwise than the mart it is made of."""
    found = superset.ask("chart/?q=(page_size:100)")["result"]
    charts = {chart["slice_name"]: chart["id"] for chart in found}
    assert charts.keys() == CHARTS.keys()
    for name, query in CHARTS.items():
        cursor = marts.execute(query)
        columns = [column[0] for column in cursor.description or ()]
        expected = [[comparable(cell) for cell in row] for row in cursor.fetchall()]
        data = superset.ask(f"chart/{charts[name]}/data/")["result"][0]["data"]
        shown = [[comparable(row[column]) for column in columns] for row in data]
        assert shown, name
        assert sorted(shown, key=repr) == sorted(expected, key=repr), name


def test_the_dashboard_holds_every_chart(superset: Api) -> None:
    """Prevents: a bundle whose page is imported without its charts."""
    charts = superset.ask("dashboard/retention/charts")["result"]
    assert sorted(chart["slice_name"] for chart in charts) == sorted(CHARTS)


def test_nobody_can_write_through_superset(superset: Api, demo_warehouse: Path) -> None:
    """Prevents: a BI user who changes the published file, or locks the other readers out."""
    published = demo_warehouse / "marts.duckdb"
    before = sha256(published.read_bytes()).hexdigest()
    (database,) = superset.ask("database/")["result"]
    query = {"database_id": database["id"], "runAsync": False}
    count = "select count(*) as orders from metrics.revenue"
    assert superset.ask("sqllab/execute/", {**query, "sql": count})["data"][0]["orders"] > 0
    create = "create table metrics.mine as select 1 as one"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        superset.ask("sqllab/execute/", {**query, "sql": create})
    assert "DML" in "".join(refusal.value.__notes__)
    with duckdb.connect(str(published), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
    assert ("mine",) not in tables
    assert sha256(published.read_bytes()).hexdigest() == before
