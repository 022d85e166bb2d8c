"""The marts of recurring revenue, services, loyalty and repeat, beside their reference."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.histories import History, timestamps
from tests.reference.metrics_loyalty import MARTS

from .shops import examples, mart_differences, replay, shops

SOAK = 200
LENGTHS = (31, 30, 59, 92, 10, 1, 28, 0, -1, 400, None)
"""Days that a subscription runs; none at all, and the wrong way round, too."""
GAPS = (0, -31, 31, -10, 62, 1, 29, 0, 200)
"""Days until a customer's next one; below 0 they overlap."""


@st.composite
def subscriptions(draw: st.DrawFn, from_day: date) -> list[dict[str, Any]]:
    """Subscriptions of two customers: changes of plan, pauses within and over months, overlaps."""
    rows: list[dict[str, Any]] = []
    for customer_id in ("c0", "subscriber"):
        day = from_day + timedelta(days=draw(st.integers(-40, 40)))
        for _ in range(draw(st.integers(0, 6))):
            length = draw(st.sampled_from(LENGTHS))
            until = None if length is None else day + timedelta(days=length)
            rows.append(
                {
                    "subscription_id": f"{customer_id}-{draw(st.integers(0, 2))}",
                    "valid_from": draw(timestamps(day)),
                    "customer_id": customer_id,
                    "valid_to": None if until is None else draw(timestamps(until)),
                    "mrr": draw(st.sampled_from(("100", "80", "149.99", "0", "100"))),
                    "_file": "subscriptions.csv",
                    "_row": len(rows) + 1,
                }
            )
            day += timedelta(days=(length or 30) + draw(st.sampled_from(GAPS)))
    return rows


@st.composite
def subscribing_shops(draw: st.DrawFn) -> History:
    """Clean shops with more subscriptions than orders need."""
    history: History = draw(shops())
    days = [date.fromisoformat(row["ordered_at"][:10]) for row in history.raw["orders"]]
    return replace(
        history, raw=history.raw | {"subscriptions": draw(subscriptions(from_day=min(days)))}
    )


def check(history: History) -> None:
    """Fail with every difference between warehouse and reference."""
    assert mart_differences(history, replay(history), MARTS) == {}


@given(subscribing_shops())
@examples(12)
def test_a_clean_shop_is_read_as_the_dictionary_says(history: History) -> None:
    check(history)


@given(shops(dirty=True))
@examples(8)
def test_a_dirty_shop_is_read_as_the_contract_says(history: History) -> None:
    check(history)


@pytest.mark.soak
def test_many_random_shops_are_read_alike() -> None:
    examples(SOAK, seed=False)(given(subscribing_shops())(check))()
