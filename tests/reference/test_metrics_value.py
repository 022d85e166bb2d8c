"""The reference of the value and acquisition marts against cases reckoned by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from . import metrics_value as value
from .metrics import Row, Vars
from .raw_rules import Reading, Settings, classify

AT = Settings(now=datetime(2026, 1, 1, 12, tzinfo=UTC), as_of=date(2024, 6, 30))
MONTHS = Vars(calendars=("gregorian",), grains=("month",))


def read(**tables: list[dict[str, Any]]) -> Reading:
    """The reading of these tables, one file each."""
    raw = {
        table: [row | {"_file": "a.csv", "_row": n} for n, row in enumerate(rows, start=1)]
        for table, rows in tables.items()
    }
    return classify(raw, AT)


def order(order_id: str, customer_id: str, day: str, amount: str, **rest: str) -> dict[str, Any]:
    """A raw order."""
    row = {"order_id": order_id, "customer_id": customer_id, "ordered_at": day, "amount": amount}
    return row | rest


def member(customer_id: str, day: str | None, channel: str | None, **rest: str) -> dict[str, Any]:
    """A raw profile."""
    row = {"customer_id": customer_id, "signed_up_at": day, "acquisition_channel": channel}
    return row | rest


def line(order_id: str, number: int, category: str | None, price: str) -> dict[str, Any]:
    """A raw line of one piece."""
    row = {"order_id": order_id, "line_number": str(number), "product_id": "p"}
    return row | {"category": category, "unit_price": price}


def in_month(rows: list[Row], month: str, **wanted: Any) -> Row:
    """The only row of the period that starts then, with these values."""
    wanted["period_start"] = date.fromisoformat(month)
    found = [row for row in rows if wanted.items() <= row.items()]
    assert len(found) == 1, found
    return found[0]


def test_parts_of_an_order_add_up_to_it() -> None:
    # 10 in thirds is 3.3333 three times: a ten-thousandth would be lost.
    found = read(
        orders=[order("o1", "c1", "2024-01-01", "10")],
        order_items=[line("o1", n, name, "1") for n, name in enumerate("abc")],
    )
    rows = value.category_affinity(found.staged, found.as_of, MONTHS)
    parts = [(row["category"], row["net_revenue"], row["rank"]) for row in rows]
    assert parts == [
        ("b", Decimal("3.3334"), 1),
        ("a", Decimal("3.3333"), 2),
        ("c", Decimal("3.3333"), 3),
    ]


def test_value_by_formula() -> None:
    # 2 order days in a tenure under 52 weeks are 2 a year; half of 10 stays; nobody could leave
    # within the burn-in, so that no lifetime is known.
    found = read(
        orders=[
            order("o1", "c1", "2024-06-01", "12", cost_amount="6"),
            order("o2", "c1", "2024-06-20", "8", cost_amount="4"),
        ]
    )
    row = value.clv(found.staged, found.as_of, MONTHS)[0]
    assert row["average_order_value"] == 10
    assert row["orders_per_year"] == 2
    assert row["margin_share"] == Fraction(1, 2)
    assert (row["expected_lifetime_years"], row["formula_clv"]) == (None, None)


def test_lifetime_of_a_shop_that_loses_everybody() -> None:
    # With a window of 10 days c1 is active at the end of January alone, and lost in February.
    found = read(orders=[order("o1", "c1", "2024-01-31", "12")])
    variables = Vars(churn_after_days=10)
    assert value.expected_lifetime_years(found.staged, found.as_of, variables) is None
    # From the end of April on c2 is lost, too: he was there at the start of May, no burn-in.
    found = read(
        orders=[order("o1", "c1", "2024-01-31", "12"), order("o2", "c2", "2024-04-25", "12")]
    )
    assert value.expected_lifetime_years(found.staged, found.as_of, variables) == 1


def test_a_channel_pays_back_in_the_month_that_covers_its_cost() -> None:
    found = read(
        orders=[
            order("o1", "c1", "2024-01-10", "4"),
            order("o2", "c1", "2024-03-10", "5"),
            order("o3", "c2", "2024-01-31", "3"),
        ],
        customers=[member("c1", None, "Adwords"), member("c2", None, "Adwords")],
        marketing_spend=[
            {"spend_date": "2024-01-01", "channel": "Google Ads", "amount": "11"},
            {"spend_date": "2024-01-02", "channel": "Bazaar", "amount": "1"},
        ],
    )
    rows = value.acquisition(found.staged, found.as_of, MONTHS)
    paid = in_month(rows, "2024-01-01", acquisition_channel="paid_search")
    assert (paid["spend"], paid["new_customers"]) == (11, 2)
    assert (paid["cac"], paid["ltv"]) == (Fraction(11, 2), 6)
    assert (paid["ltv_to_cac"], paid["payback_months"]) == (Fraction(12, 11), 2)
    strange = in_month(rows, "2024-01-01", acquisition_channel="Bazaar")
    assert (strange["spend"], strange["cac"], strange["payback_months"]) == (1, None, None)


def test_only_who_had_left_before_the_month_is_won_back() -> None:
    # 90 days after 2 January is 1 April: active on 31 March, so never in April's pool.
    found = read(
        orders=[
            order("o1", "c1", "2024-01-01", "1"),
            order("o2", "c1", "2024-04-15", "1"),
            order("o3", "c2", "2024-01-02", "1"),
            order("o4", "c2", "2024-04-15", "1"),
        ]
    )
    rows = value.winback(found.staged, found.as_of, MONTHS)
    april = in_month(rows, "2024-04-01")
    assert (april["churned_pool"], april["won_back_customers"]) == (1, 1)


@pytest.mark.parametrize(
    ("signed_up", "first_order", "expected"),
    [
        ("2024-02-01", "2024-02-01", (1, 1, 1)),
        ("2024-02-01", "2024-04-01", (1, 1, 1)),
        ("2024-02-01", "2024-04-02", (1, 1, 0)),
        ("2024-02-02", "2024-02-01", (0, 0, 0)),
        ("2024-05-01", "2024-05-01", (1, 1, 1)),
        ("2024-05-02", "2024-05-02", (1, 0, 0)),
    ],
)
def test_activation_counts_60_days_for_those_who_had_them(
    signed_up: str, first_order: str, expected: tuple[int, int, int]
) -> None:
    # 60 days after 1 February 2024 is 1 April; as_of is 60 days after 1 May.
    found = read(
        orders=[order("o1", "c1", first_order, "1")], customers=[member("c1", signed_up, None)]
    )
    rows = value.activation(found.staged, found.as_of, MONTHS)
    counts = ("members", "eligible_members", "activated_members")
    assert tuple(sum(row[name] for row in rows) for name in counts) == expected


def test_nobody_refers_himself() -> None:
    found = read(
        orders=[order("o1", "c1", "2024-01-05", "8"), order("o2", "c2", "2024-01-05", "2")],
        customers=[
            member("c1", "2024-01-01", None, referred_by_customer_id="c2"),
            member("c2", "2024-01-01", None, referred_by_customer_id="c2"),
        ],
    )
    row = in_month(value.referrals(found.staged, found.as_of, MONTHS), "2024-01-01")
    assert (row["referred_signups"], row["referred_buyers"], row["active_referrers"]) == (1, 1, 1)
    assert row["share_of_new_customers"] == Fraction(1, 2)
    assert (row["clv_referred"], row["clv_not_referred"]) == (8, 2)


def test_mix_and_within_by_hand() -> None:
    # January: a 10, b 20. March: a 12 (three customers), c 40.
    # mix = 0.25 x 11 - 0.5 x 20 + 0.25 x 40 = 2.75; within = 2 x 1.25 / 2 = 1.25.
    found = read(
        orders=[
            order("o1", "a1", "2024-01-01", "10"),
            order("o2", "b1", "2024-01-01", "20"),
            *(order(f"o{n}", f"a{n}", "2024-03-01", "12") for n in (3, 4, 5)),
            order("o6", "c1", "2024-03-01", "40"),
        ],
        customers=[
            member(customer_id, None, customer_id[0])
            for customer_id in ("a1", "a3", "a4", "a5", "b1", "c1")
        ],
    )
    row = value.clv_drivers(found.staged, found.as_of, MONTHS)[0]
    assert (row["previous_cohort_month"], row["cohort_month"]) == (
        date(2024, 1, 1),
        date(2024, 3, 1),
    )
    assert (row["previous_clv"], row["clv"], row["clv_change"]) == (15, 19, 4)
    assert (row["mix"], row["within"]) == (Decimal("2.75"), Decimal("1.25"))


def test_the_square_of_buying_behaviour() -> None:
    days = ("2024-01-01", "2024-03-01", "2024-05-01")
    orders = [
        order(f"{customer}{n}", customer, day, "1")
        for customer in ("both", "neither")
        for n, day in enumerate(days)
    ]
    lines = [line(f"both{n}", 1, name, "1") for n, name in enumerate(("tea", "cake", "tea"))]
    lines += [line(f"neither{n}", 1, "tea", "1") for n in range(3)]
    # 30 days before each order; the session of the order's own day is no search before it.
    seen = {"both": ("2023-12-02", "2024-01-31", "2024-04-01"), "neither": days}
    sessions = [
        {"session_id": f"{who}{n}", "visitor_id": "v", "customer_id": who, "started_at": day}
        for who, visits in seen.items()
        for n, day in enumerate(visits)
    ]
    found = read(orders=orders, order_items=lines, sessions=sessions)
    assert value.buying_behaviours(found.staged, found.as_of) == {
        "both": "complex",
        "neither": "habitual",
    }
