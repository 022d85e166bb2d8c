"""The marts of customer value, acquisition, referral and habit, beside their reference."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.histories import History
from tests.reference.metrics_value import MARTS

from .shops import examples, mart_differences, replay, shops

SOAK = 200
CATEGORIES = (None, "Tea", "cake", "oil", "")
PRICES = (None, "0", "1", "1", "0.00005", "19.99", "33.3333")


@st.composite
def items(draw: st.DrawFn, order_ids: list[str]) -> list[dict[str, Any]]:
    """Up to three lines an order: equal, free and unpriced ones, discounts beyond the price."""
    return [
        {
            "order_id": order_id,
            "line_number": str(line),
            "product_id": "p",
            "category": draw(st.sampled_from(CATEGORIES)),
            "quantity": draw(st.sampled_from((None, "1", "0", "2.5"))),
            "unit_price": draw(st.sampled_from(PRICES)),
            "discount_amount": draw(st.sampled_from((None, None, "0.5", "100"))),
            "_file": "order_items.csv",
            "_row": number * 3 + line,
        }
        for number, order_id in enumerate(order_ids)
        for line in range(1, draw(st.integers(0, 3)) + 1)
    ]


@st.composite
def searches(draw: st.DrawFn, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sessions about the edges of the 30 days before orders."""
    days_before = st.sampled_from((0, 1, 5, 29, 30, 31))
    rows: list[dict[str, Any]] = []
    for order in orders:
        for _ in range(draw(st.integers(0, 2))):
            day = date.fromisoformat(order["ordered_at"][:10]) - timedelta(draw(days_before))
            number = len(rows) + 1
            rows.append(
                {
                    "session_id": f"s{number}",
                    "visitor_id": "v",
                    "customer_id": order["customer_id"],
                    "started_at": str(day),
                    "_file": "sessions.csv",
                    "_row": number,
                }
            )
    return rows


@st.composite
def furnished_shops(draw: st.DrawFn) -> History:
    """Clean shops whose orders have lines and were looked for; some know the cost of all orders."""
    history: History = draw(shops())
    orders = history.raw["orders"]
    if draw(st.booleans()):
        costs = st.sampled_from(("0", "3", "7.5", "20"))
        orders = [order | {"cost_amount": draw(costs)} for order in orders]
    tables = {
        "orders": orders,
        "order_items": draw(items(sorted({order["order_id"] for order in orders}))),
        "sessions": draw(searches(orders)),
    }
    return replace(history, raw=history.raw | tables)


def check(history: History) -> None:
    """Fail with every difference between warehouse and reference."""
    assert mart_differences(history, replay(history), MARTS) == {}


@given(furnished_shops())
@examples(12)
def test_a_clean_shop_is_read_as_the_dictionary_says(history: History) -> None:
    check(history)


@given(shops(dirty=True))
@examples(8)
def test_a_dirty_shop_is_read_as_the_contract_says(history: History) -> None:
    check(history)


@pytest.mark.soak
def test_many_random_shops_are_read_alike() -> None:
    examples(SOAK, seed=False)(given(furnished_shops())(check))()
