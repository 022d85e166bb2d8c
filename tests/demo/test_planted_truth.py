"""The marts find what the generator planted in the demo shop.

Every expected number is the generator's own account (examples/demo_shop/planted_truth.yml),
reckoned from what it planted before the warehouse ever saw it.
"""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.audiences import make_export
from orchestration.settings import Settings

ROOT = Path(__file__).parents[2]
TRUTH: dict[str, Any] = yaml.safe_load(
    (ROOT / "examples/demo_shop/planted_truth.yml").read_text("utf-8")
)


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo, built and published as `make build` does it."""
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as connection:
        yield connection


def value(marts: duckdb.DuckDBPyConnection, query: str, *values: Any) -> Any:
    """The one cell that a query returns."""
    rows = marts.execute(query, values).fetchall()
    assert len(rows) == 1, rows
    return rows[0][0]


def test_every_planted_raw_row_is_in_its_class(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: dirt that is let in, or clean rows that are thrown out."""
    columns = ("raw", "rejected", "superseded", "not_yet_visible", "staged")
    balance = {
        row[0]: dict(zip((f"{name}_rows" for name in columns), row[1:], strict=True))
        for row in marts.execute(
            "select raw_table, raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows,"
            " staged_rows from quality.row_balance"
        ).fetchall()
    }
    for table, truth in TRUTH["rows"].items():
        assert balance[table] == {f"{name}_rows": truth[f"{name}_rows"] for name in columns}, table


def test_every_rejected_row_has_its_reason(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: a row rejected for a reason other than the first that applies."""
    found: dict[str, dict[str, int]] = {}
    for table, reason, count in marts.execute(
        "select raw_table, reason, count(*) from quality.rejected_rows group by all"
    ).fetchall():
        found.setdefault(table, {})[reason] = count
    assert found == {
        table: truth["rejected_by_reason"]
        for table, truth in TRUTH["rows"].items()
        if truth["rejected_by_reason"]
    }


def test_the_totals_are_the_planted_ones(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: orders, customers, spells or money lost or counted twice on the way."""
    totals = TRUTH["totals"]
    years = "metrics.revenue where calendar = 'gregorian' and period_grain = 'year'"
    assert value(marts, f"select sum(orders) from {years}") == totals["counted_orders"]
    net_revenue = value(marts, f"select sum(net_revenue) from {years}")
    assert net_revenue == Decimal(totals["net_revenue_usd"])
    customers = "select count(*), count(first_order_date), sum(order_days) from customers.customers"
    assert marts.execute(customers).fetchall() == [
        (
            totals["customers_ever_seen"],
            totals["customers_with_a_counted_order"],
            totals["order_days"],
        )
    ]
    spells = "select count(*), count(churned_on) from customers.lifecycle"
    assert marts.execute(spells).fetchall() == [(totals["spells"], totals["churned_spells"])]


def test_the_one_and_done_channel_stands_out(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: a channel of one-time buyers that looks like the others, or the dearer."""
    truth = TRUTH["one_and_done_channel"]
    channel = truth["acquisition_channel"]
    buyers = marts.execute(
        "select count(*), count(*) filter (where order_days >= 2) from customers.customers"
        " where acquisition_channel = ? and order_days > 0",
        [channel],
    ).fetchall()
    assert buyers == [(truth["buyers"], truth["buyers_with_two_order_days"])]
    worth = marts.execute(
        "select acquisition_channel, sum(total_value) / sum(new_customers) as ltv"
        " from metrics.acquisition"
        " where calendar = 'gregorian' and period_grain = 'year' and new_customers > 0"
        " group by acquisition_channel order by ltv"
    ).fetchall()
    assert worth[0][0] == channel


def test_the_outage_halves_the_orders_of_three_days(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: an outage that no mart shows."""
    outage = TRUTH["outage"]
    for day, orders in {**outage["orders"], **outage["orders_28_days_before"]}.items():
        found = "select orders from metrics.daily_activity where date_day = ?"
        assert value(marts, found, day) == orders, day
    last_day = date.fromisoformat(max(outage["orders"]))
    change = "select orders_3_day_change from metrics.daily_activity where date_day = ?"
    assert value(marts, change, last_day) == pytest.approx(outage["three_day_change"])
    week_before = value(marts, change, last_day - timedelta(days=7))
    assert week_before > outage["three_day_change"] / 2


def test_detractors_churn_twice_as_fast_as_promoters(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: loyalty groups that do not follow the customers they are made of."""
    rates = {}
    for group in ("promoter", "passive", "detractor"):
        truth = TRUTH["churn_by_nps_group"][group]
        spells, churned, days = marts.execute(
            "select count(*), count(churned_on), sum(lifecycle.last_order_date - active_from)"
            " from customers.lifecycle inner join customers.nps using (customer_id)"
            " where nps_group = ?",
            [group],
        ).fetchall()[0]
        assert (spells, churned) == (truth["spells"], truth["churned_spells"])
        rates[group] = churned / days
    planted = TRUTH["churn_by_nps_group"]
    ratio = rates["detractor"] / rates["promoter"]
    assert ratio == pytest.approx(planted["planted"], abs=planted["tolerance"])


def test_service_adoption_is_the_planted_one(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: customers counted under too many or too few services."""
    share = value(
        marts,
        "select any_value(multi_service_share) from metrics.service_adoption"
        " where calendar = 'gregorian' and period_grain = 'year' and period_start = '2025-01-01'",
    )
    truth = TRUTH["service_adoption"]["year_2025"]["multi_service_share"]
    assert share == pytest.approx(truth, abs=1e-6)


def test_the_planted_lift_lies_in_its_interval(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: an experiment that misses an effect which is there, or counts who got both."""
    truth = TRUTH["campaign_with_lift"]
    rows = marts.execute(
        "select variant, units, total, difference, ci_low, ci_high, p_value,"
        " customers_in_two_variants, sample_ratio_warning from metrics.experiments"
        " where campaign = ? and outcome = 'converted' and segment = 'all'",
        [truth["campaign"]],
    ).fetchall()
    assert {row[0]: row[1] for row in rows} == truth["units"]
    assert {row[0]: row[2] for row in rows} == truth["converted"]
    offer = next(row for row in rows if row[0] == "offer")
    assert offer[3] == pytest.approx(truth["conversion_lift"], abs=1e-9)
    assert offer[4] < truth["planted_lift"] < offer[5]
    assert offer[6] < 0.001
    assert offer[7:] == (truth["customers_in_two_variants"], False)


def test_the_broken_randomisation_warns(marts: duckdb.DuckDBPyConnection) -> None:
    """Prevents: a comparison that is trusted although its arms lost customers on the way."""
    truth = TRUTH["campaign_with_broken_randomisation"]
    rows = marts.execute(
        "select variant, units, total, sample_ratio_chi_square, sample_ratio_p_value,"
        " sample_ratio_warning from metrics.experiments"
        " where campaign = ? and outcome = 'converted' and segment = 'all'",
        [truth["campaign"]],
    ).fetchall()
    assert {row[0]: row[1] for row in rows} == truth["units"]
    assert {row[0]: row[2] for row in rows} == truth["converted"]
    for row in rows:
        assert row[3] == pytest.approx(truth["sample_ratio_chi_square"], abs=5e-5)
        assert row[4] < truth["sample_ratio_p_value_below"]
        assert row[5]


def test_lists_reach_nobody_who_may_not_be_contacted(
    marts: duckdb.DuckDBPyConnection, demo_warehouse: Path, tmp_path: Path
) -> None:
    """Prevents: a file with somebody who gave no consent, refused, or heard from us twice in the
    last seven days. Consents come from his profile, refusals and contacts from the raw sends."""
    settings = Settings(ROOT / "seeds/demo", tmp_path, "", "", False)
    (tmp_path / "versions").mkdir()
    for copy in (tmp_path / "versions" / "marts-1.duckdb", settings.published_file):
        copy.hardlink_to(demo_warehouse / "marts.duckdb")
    export = make_export(settings, os.environ.get("PII_SALT", ""), "csv", write=True)
    assert export.folder
    assert len(export.lists) == 8, "every list of the demo has members"
    assert all(each["contact"] for each in export.lists if each["destination"] == "email")
    with gzip.open(ROOT / "seeds/demo/campaign_sends.csv.gz", "rt", encoding="utf-8") as rows:
        sends = [{name: cell or "" for name, cell in row.items()} for row in csv.DictReader(rows)]
    refused = {
        (send["customer_id"].strip(), send["medium"].lower())
        for send in sends
        if send["unsubscribed_at"] or send["complained_at"]
    }
    last_day = date.fromisoformat(TRUTH["as_of"])
    last_week = {str(last_day - timedelta(days=days)) for days in range(7)}
    contacts = Counter(
        send["customer_id"].strip()
        for send in sends
        if send["variant"] != "holdout" and send["sent_at"][:10] in last_week
    )
    for destination in ("email", "sms", "push"):
        consenting = {
            row[0]
            for row in marts.execute(
                f"select customer_id from customers.customers where {destination}_consent"
            ).fetchall()
        }
        for path in (export.folder / destination).iterdir():
            with path.open(encoding="utf-8", newline="") as rows:
                ids = [row["customer_id"] for row in csv.DictReader(rows)]
            assert set(ids) <= consenting
            assert not {(each, destination) for each in ids} & refused
            contacts.update(ids)
            over = [each for each in ids if contacts[each] > 2]
            assert over == []
    with (export.folder / "records/campaign_sends.csv").open(encoding="utf-8", newline="") as rows:
        shares = Counter(row["variant"] for row in csv.DictReader(rows))
    assert 0.05 < shares["holdout"] / shares.total() < 0.16
