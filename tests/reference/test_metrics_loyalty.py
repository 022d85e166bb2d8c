"""The reference of the loyalty marts against cases reckoned by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from . import metrics_loyalty as loyalty
from .metrics import Vars
from .raw_rules import Reading, Settings, classify

AT = Settings(now=datetime(2026, 1, 1, 12, tzinfo=UTC), as_of=date(2024, 5, 31))
MONTHS = Vars(calendars=("gregorian",), grains=("month",))
MRR = (
    "opening_mrr",
    "new_mrr",
    "reactivation_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "closing_mrr",
)


def read(**tables: list[dict[str, Any]]) -> Reading:
    """The reading of these tables, one file each, and of one order that they do not need."""
    tables.setdefault("orders", [order("o1", "2024-01-01", None)])
    raw = {
        table: [row | {"_file": "a.csv", "_row": n} for n, row in enumerate(rows, start=1)]
        for table, rows in tables.items()
    }
    return classify(raw, AT)


def order(order_id: str, day: str, customer_id: str | None = "c1", **rest: str) -> dict[str, Any]:
    """A raw order of 10."""
    row = {"order_id": order_id, "ordered_at": day, "customer_id": customer_id, "amount": "10"}
    return row | rest


def subscription(
    number: int, valid_from: str, valid_to: str | None, mrr: str, customer_id: str = "c1"
) -> dict[str, Any]:
    """A raw subscription."""
    return {
        "subscription_id": f"s{number}",
        "customer_id": customer_id,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "mrr": mrr,
    }


def mrr_by_month(*subscriptions: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The columns MRR of each month from January to May 2024."""
    found = read(subscriptions=list(subscriptions))
    rows = loyalty.revenue_churn(found.staged, found.as_of, MONTHS)
    return [tuple(row[name] for name in MRR) for row in rows]


def test_silence_is_churn_and_a_return_is_a_reactivation() -> None:
    # 100, 100, 0, 0, 80: whoever compares rows instead of months sees a contraction of 20.
    assert mrr_by_month(
        subscription(1, "2024-01-10", "2024-03-05", "100"),
        subscription(2, "2024-05-20", None, "80"),
    ) == [
        (0, 100, 0, 0, 0, 0, 100),
        (100, 0, 0, 0, 0, 0, 100),
        (100, 0, 0, 0, 0, 100, 0),
        (0, 0, 0, 0, 0, 0, 0),
        (0, 0, 80, 0, 0, 0, 80),
    ]


def test_plans_change_and_overlap() -> None:
    # Two at once add up; a change of plan on one day is one expansion, not a churn and a new one.
    assert mrr_by_month(
        subscription(1, "2024-01-10", "2024-02-15", "100"),
        subscription(1, "2024-02-15", None, "130"),
        subscription(2, "2024-02-20", "2024-04-01", "7"),
        subscription(3, "2024-05-31", "2024-05-31", "5"),
        subscription(4, "2024-05-31", "2024-06-01", "5"),
    ) == [
        (0, 100, 0, 0, 0, 0, 100),
        (100, 0, 0, 37, 0, 0, 137),
        (137, 0, 0, 0, 0, 0, 137),
        (137, 0, 0, 0, 7, 0, 130),
        (130, 0, 0, 5, 0, 0, 135),
    ]


def test_who_once_paid_between_two_ends_is_not_new() -> None:
    assert mrr_by_month(
        subscription(1, "2024-01-10", "2024-01-20", "100"),
        subscription(2, "2024-03-10", None, "80"),
    )[2] == (0, 0, 80, 0, 0, 0, 80)


@pytest.mark.parametrize(
    ("days", "rhythm"),
    [
        (["2024-01-01"], "once"),
        (["2024-01-01", "2024-01-11"], "weekly"),
        (["2024-01-01", "2024-01-12"], "fortnightly"),
        (["2024-01-01", "2024-01-11", "2024-02-12"], "fortnightly"),
        (["2024-01-01", "2024-02-15"], "monthly"),
        (["2024-01-01", "2024-05-15"], "quarterly"),
        (["2024-01-01", "2024-05-16"], "seldom"),
    ],
)
def test_rhythm_is_the_median_gap(days: list[str], rhythm: str) -> None:
    assert loyalty.purchase_rhythm([date.fromisoformat(day) for day in days]) == rhythm


def test_day_by_which_a_share_is_back() -> None:
    # Four of five are 80 %: a share of a count must not be rounded up to the fifth.
    assert loyalty.day_by_which(Fraction(4, 5), [30, 1, 2, 9, 5]) == 9
    assert loyalty.day_by_which(Fraction(1, 2), [4, 8]) == 4
    assert loyalty.day_by_which(Fraction(1, 2), []) is None


def test_services_are_counted_once_and_in_order() -> None:
    found = read(
        orders=[
            order("o1", "2024-01-01", service="ride"),
            order("o2", "2024-01-02", service="ride"),
            order("o3", "2024-02-03", service="food"),
            order("o4", "2024-02-04", service="bank"),
            order("o5", "2024-02-04", None, service="bank"),
            order("o6", "2024-02-04", "c2"),
            order("o7", "2024-02-04", "c3", service="food", status="cancelled"),
        ]
    )
    rows = loyalty.service_adoption(found.staged, found.as_of, MONTHS)
    names = ("service_customers", "multi_service_customers", "cumulative_multi_service_share")
    assert [tuple(row[name] for name in names) for row in rows[:3]] == [
        (1, 0, 0),
        (1, 1, 1),
        (0, 0, 1),
    ]
    moves = loyalty.service_transitions(found.staged, found.as_of, MONTHS)
    assert {(row["first_service"], row["next_service"]) for row in moves} == {("ride", "food")}


def test_an_answer_is_followed_only_where_it_can_be() -> None:
    # Last order 2023-12-05, churn 2024-03-04: the 90th day after an answer of 2023-12-05.
    answers = {
        "r1": ("c1", "3", "2023-12-05"),
        "r2": ("c1", "9", "2023-12-04"),
        "r3": ("c1", "9", "2024-03-03"),
        "r4": ("c1", "9", "2024-03-04"),
        "r5": (None, "9", "2023-12-06"),
    }
    found = read(
        orders=[order("o1", "2023-12-01"), order("o2", "2023-12-05")],
        surveys=[
            {"response_id": key, "customer_id": who, "score": score, "responded_at": day}
            for key, (who, score, day) in answers.items()
        ],
    )
    rows = loyalty.nps_follow_up(found.staged, found.as_of, Vars())
    counts = {
        row["answer_group"]: (row["answers"], row["eligible_answers"], row["churned_answers"])
        for row in rows
        if row["segment_type"] == "all"
    }
    assert counts == {"all": (3, 2, 1), "detractor": (1, 1, 1), "promoter": (2, 1, 0)}


def test_main_category_is_the_one_with_the_largest_value() -> None:
    items: list[dict[str, Any]] = [
        {"category": "tea", "quantity": Decimal(3), "unit_price": Decimal(2)},
        {"category": "cake", "quantity": None, "unit_price": Decimal(6)},
        {"category": None, "quantity": Decimal(1), "unit_price": Decimal(100)},
    ]
    assert loyalty.main_category(items) == "cake"
    assert loyalty.main_category(items[2:]) is None
