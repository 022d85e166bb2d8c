"""Experiments whose figures are known from outside, and splits in which nothing was done."""

from datetime import UTC, date, datetime

import pytest

from tests.replay.harness import Replay

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
AS_OF = date(2024, 6, 30)
# Hillstrom's e-mail test: customers, visits and conversions of each arm.
HILLSTROM = {
    "holdout": (21_306, 2_262, 122),
    "mens": (21_307, 3_894, 267),
    "womens": (21_387, 3_238, 189),
}
COOKIE_CATS = {"gate_30": 44_700, "gate_40": 45_489}
CUSTOMERS = 2_000
SPLITS = 1_000


@pytest.fixture(scope="module")
def built() -> Replay:
    return Replay({})


def fill(built: Replay, shares: dict[str, list[str]], *statements: str) -> None:
    """Build from rows that are made in SQL; `shares`: equal arms of each campaign."""
    arms = [
        {"campaign": campaign, "variant": arm, "share": "1", "_file": "a.csv", "_row": number}
        for campaign, planned in shares.items()
        for number, arm in enumerate(planned)
    ]
    tables = {"orders": [], "sessions": [], "campaign_sends": [], "experiment_arms": arms}
    built.run(tables, AS_OF, NOW)
    for statement in statements:
        built.connection.execute(statement)
    built.build()


def of_arms(counts: dict[str, int], table: str, columns: str) -> list[str]:
    """One statement an arm: so many of its first customers have a row in a table."""
    return [
        f"insert into raw.{table} by name select 'a.csv' as file_name, number as file_row,"
        f" '{arm}-' || number as customer_id, {columns.format(arm=arm)}"
        f" from range({count}) r(number)"
        for arm, count in counts.items()
    ]


def test_hillstroms_email_test_is_reproduced_from_its_counts(built: Replay) -> None:
    # Prevents: a lift, standard error or interval that differs from the published ones.
    send = (
        "'{arm}-' || number as send_id, 'email' as campaign, '{arm}' as variant,"
        " '2024-03-01T10:00:00Z' as sent_at"
    )
    visit = (
        "'{arm}-' || number as session_id, 'v' || number as visitor_id, '2024-03-05' as started_at"
    )
    order = "'{arm}-' || number as order_id, '2024-03-05' as ordered_at, '10' as amount"
    fill(
        built,
        {"email": list(HILLSTROM)},
        *of_arms({arm: row[0] for arm, row in HILLSTROM.items()}, "campaign_sends", send),
        *of_arms({arm: row[1] for arm, row in HILLSTROM.items()}, "sessions", visit),
        *of_arms({arm: row[2] for arm, row in HILLSTROM.items()}, "orders", order),
    )
    rows = {
        (row["variant"], row["outcome"]): row
        for row in built.rows("metrics.experiments where segment = 'all'")
    }
    assert {arm: rows[arm, "visited"]["units"] for arm in HILLSTROM} == {
        arm: row[0] for arm, row in HILLSTROM.items()
    }
    for arm, outcome, lift, error in (
        ("mens", "visited", 0.076590, 0.003386),
        ("mens", "converted", 0.006805, 0.000921),
        ("womens", "visited", 0.045233, 0.003234),
        ("womens", "converted", 0.003111, 0.000823),
    ):
        row = rows[arm, outcome]
        assert (row["difference"], row["standard_error"]) == pytest.approx((lift, error), abs=5e-7)
    mens = rows["mens", "converted"]
    assert (mens["ci_low"], mens["ci_high"]) == pytest.approx((0.00500, 0.00861), abs=5e-6)
    assert mens["sample_ratio_chi_square"] == pytest.approx(0.2025, abs=5e-5)
    assert mens["sample_ratio_p_value"] == pytest.approx(0.904, abs=5e-4)
    assert not any(row["sample_ratio_warning"] for row in rows.values())


def test_cookie_cats_uneven_arms_warn(built: Replay) -> None:
    # Prevents: a broken split that passes, here 44,700 to 45,489 in a test of two gates.
    send = (
        "'{arm}-' || number as send_id, 'gates' as campaign, '{arm}' as variant,"
        " '2024-03-01T10:00:00Z' as sent_at"
    )
    fill(built, {"gates": list(COOKIE_CATS)}, *of_arms(COOKIE_CATS, "campaign_sends", send))
    rows = built.rows("metrics.experiments")
    assert len(rows) == 16  # two gates, four outcomes, all and one segment
    assert {round(row["sample_ratio_p_value"], 4) for row in rows} == {0.0086}
    assert all(row["sample_ratio_warning"] and row["difference"] is None for row in rows)


def test_splits_in_which_nothing_was_done_reject_as_often_as_they_may(built: Replay) -> None:
    # Prevents: a test that finds effects where none are (or never any): 1,000 splits of 400 of
    # 2,000 customers, a fifth of whom buy, a few for much. Numbers between 0 and 1 come from md5.
    chance = "cast('0x' || substr(md5({text}), 1, 8) as bigint) / 4294967296.0"
    buys = chance.format(text="'buys' || customer")
    dear = chance.format(text="'dear' || customer")
    before = chance.format(text="'before' || customer || buys")
    drawn = chance.format(text="campaign || 'in' || customer")
    arm = chance.format(text="campaign || 'arm' || customer")
    orders = (
        "insert into raw.orders by name select 'a.csv' as file_name, customer as file_row,"
        " 'o' || day || customer as order_id, 'c' || customer as customer_id, day as ordered_at,"
        f" cast(round(5 * exp(2 * {dear}), 2) as varchar) as amount"
        f" from (select customer, {buys} < 0.2 as buys from range({CUSTOMERS}) r(customer))"
        " cross join (values ('2024-02-10'), ('2024-03-10')) as days (day)"
        f" where case when day = '2024-03-10' then buys else {before} < 0.5 end"
    )
    fill(
        built,
        {},
        orders,
        "insert into raw.campaign_sends by name select 'a.csv' as file_name, campaign as file_row,"
        " campaign || '-' || customer as send_id, 's' || campaign as campaign,"
        " 'c' || customer as customer_id,"
        f" case when {arm} < 0.5 then 'holdout' else 'sent' end as variant,"
        " '2024-03-01T10:00:00Z' as sent_at"
        f" from range({SPLITS}) r(campaign) cross join range({CUSTOMERS}) s(customer)"
        f" where {drawn} < 0.2",
    )
    for outcome, column in (
        ("converted", "p_value"),
        ("revenue", "p_value"),
        ("revenue", "cuped_p_value"),
    ):
        found = built.connection.execute(
            f"select count(*), count(*) filter (where {column} < 0.05) from metrics.experiments"
            " where outcome = ? and segment = 'all' and variant = 'sent'",
            [outcome],
        ).fetchall()
        splits, rejected = found[0]
        assert splits == SPLITS
        assert 0.03 <= rejected / splits <= 0.07, (outcome, column, rejected)
