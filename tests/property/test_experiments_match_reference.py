"""metrics.experiments beside its reference, on small shops with campaigns at the edges."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.histories import History
from tests.reference.metrics_experiments import experiments

from .shops import examples, mart_differences, replay, shops

SOAK = 200
MARTS = {"metrics.experiments": experiments}
SHIFTS = (-91, -90, -89, -31, -30, -29, -1, 0, 1, 5)


@st.composite
def sends(draw: st.DrawFn, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sends of two campaigns, often so that an order lies at an edge of the window, or at the very
    moment of the send; now and then one customer in two variants."""
    variants = st.sampled_from(("holdout", "holdout", "a", "a", "b"))
    rows = []
    for number in range(draw(st.integers(4, 16))):
        order = draw(st.sampled_from(orders))
        moment = order["ordered_at"]
        shift = draw(st.sampled_from(SHIFTS))
        day = date.fromisoformat(moment[:10]) + timedelta(days=shift)
        is_exact = draw(st.booleans())
        rows.append(
            {
                "send_id": f"m{number}",
                "campaign": draw(st.sampled_from(("spring", "spring", "autumn"))),
                "customer_id": order["customer_id"] or "reader",
                "variant": draw(variants),
                "sent_at": f"{day}{moment[10:]}" if is_exact else f"{day}T12:00:00Z",
                "_file": "campaign_sends.csv",
                "_row": number + 1,
            }
        )
    return rows


@st.composite
def trials(draw: st.DrawFn) -> History:
    """Clean shops with campaigns."""
    history: History = draw(shops())
    tables = {"campaign_sends": draw(sends(history.raw["orders"]))}
    return replace(history, raw=history.raw | tables)


def check(history: History) -> None:
    """Fail with every difference between warehouse and reference."""
    zone = ZoneInfo(history.settings.business_timezone)
    assert mart_differences(history, replay(history), MARTS, zone) == {}


@given(trials())
@examples(10)
def test_campaigns_are_judged_as_the_dictionary_says(history: History) -> None:
    check(history)


@pytest.mark.soak
def test_many_random_campaigns_are_judged_alike() -> None:
    examples(SOAK, seed=False)(given(trials())(check))()
