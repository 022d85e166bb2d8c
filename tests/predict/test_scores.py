"""BG/NBD in SQL against the published formula with SciPy's 2F1, and against published points."""

from collections.abc import Mapping
from itertools import product
from random import Random

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyp2f1

from orchestration.purchase_models import bg_nbd, maximise

from .cdnow import ones, table
from .scores import History, bg_nbd_scores

CDNOW = {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}
SPANS = {
    "expected_orders_30_days": 30,
    "expected_orders_90_days": 90,
    "expected_orders_180_days": 180,
    "expected_orders_365_days": 365,
    "expected_orders": 364,
}


def alive(model: Mapping[str, float], history: History) -> float:
    """P(alive), Fader, Hardie, Lee 2005; 1 without a repeat."""
    x, recency, age = history[0], history[1] / 7, history[2] / 7
    if x == 0:
        return 1.0
    odds = model["a"] / (model["b"] + x - 1)
    ratio = (model["alpha"] + age) / (model["alpha"] + recency)
    return float(1 / (1 + odds * ratio ** (model["r"] + x)))


def expected(model: Mapping[str, float], history: History, days: float) -> float:
    """Orders expected in the next `days`, equation 10 of the same paper."""
    x, age, weeks = history[0], history[2] / 7, days / 7
    r, alpha, a, b = (model[name] for name in ("r", "alpha", "a", "b"))
    series = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
    left = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    return float(alive(model, history) * (a + b + x - 1) / (a - 1) * (1 - left * series))


def test_the_sql_scores_of_all_cdnow_customers_are_those_of_scipy() -> None:
    summary = table("cdnow_customers_summary.csv")
    histories = [
        (int(row["frequency"]), round(row["recency"] * 7), round(row["T"] * 7)) for row in summary
    ]
    assert len(histories) == 2357
    scores = bg_nbd_scores(CDNOW, histories)
    for history in histories:
        row = scores[history]
        assert row["probability_alive"] == pytest.approx(alive(CDNOW, history), abs=1e-9)
        for column, days in SPANS.items():
            assert row[column] == pytest.approx(expected(CDNOW, history, days), abs=1e-6)


def test_the_sql_scores_stay_exact_far_from_cdnow() -> None:
    # Parameters over five orders of magnitude; near a = 1 the published formula divides by zero.
    dice = Random(1)
    ages = [(0, 0, 0), (0, 0, 1), (1, 1, 14), (5, 200, 210), (20, 900, 1050), (100, 700, 3500)]
    for _ in range(40):
        model = {
            "r": 10 ** dice.uniform(-2, 1.5),
            "alpha": 10 ** dice.uniform(-1, 2.5),
            "a": 10 ** dice.uniform(-2, 1.5),
            "b": 10 ** dice.uniform(-2, 2),
        }
        if abs(model["a"] - 1) < 0.05:
            continue
        scores = bg_nbd_scores(model, ages)
        for history, (column, days) in product(ages, SPANS.items()):
            right = expected(model, history, days)
            assert scores[history][column] == pytest.approx(right, rel=1e-6, abs=1e-6), (
                model,
                history,
                days,
            )


@pytest.mark.parametrize("a", [1.0, 1.0 + 1e-9])
def test_the_sql_scores_where_the_published_formula_divides_by_zero(a: float) -> None:
    # Prevents: null or an error for every customer of a shop whose a is 1. E[X(t)] of a new
    # customer by numerical integration over the chance p to leave, p ~ Beta(1, 2).
    model = {"r": 0.5, "alpha": 6.0, "a": a, "b": 2.0}

    def inside(chance: float) -> float:
        rate = 1 - (1 + chance * 52 / 6.0) ** -0.5
        return float(2 * (1 - chance) * rate / chance)

    right = quad(inside, 0, 1, epsabs=1e-12)[0]
    assert bg_nbd_scores(model, [(0, 0, 0)])[0, 0, 0]["expected_orders"] == pytest.approx(
        right, abs=1e-6
    )


@pytest.mark.parametrize(
    ("days", "orders", "digits"),
    [
        (1, 0.0078, 4),
        (7, 0.0532, 4),
        (21, 0.1506, 4),
        (223, 1.0405, 4),
        (224, 1.0437, 4),
        (546, 1.858, 3),
    ],
)
def test_orders_of_a_new_customer_as_published(days: int, orders: float, digits: int) -> None:
    # From parameters of four decimals, 1.0437 would be 1.0438.
    summary = table("cdnow_customers_summary.csv")
    fitted = maximise(
        bg_nbd(summary["frequency"], summary["recency"], summary["T"], ones(summary))
    ).parameters
    found = bg_nbd_scores(fitted, [(0, 0, 0)], holdout_days=days)[0, 0, 0]["expected_orders"]
    assert round(found, digits) == orders


def test_the_published_customer() -> None:
    # x 2, t_x 30.43, T 38.86 weeks; the next 39 weeks.
    row = bg_nbd_scores(CDNOW, [(2, 213, 272)], holdout_days=273)[2, 213, 272]
    assert round(row["expected_orders"], 3) == 1.226
    assert round(row["probability_alive"], 4) == 0.7266


def test_discounting_weighs_each_order_by_its_day() -> None:
    # Prevents: a discount from the horizon's end, or none. Right: sum over 3,640 steps.
    history = (3, 100, 140)
    steps = np.linspace(0, 364, 3641)
    orders = np.array([expected(CDNOW, history, day) if day else 0.0 for day in steps])
    middles = (steps[:-1] + steps[1:]) / 2
    right = float(np.sum(np.diff(orders) * 1.1 ** (-middles / 364)))
    row = bg_nbd_scores(CDNOW, [history], {"clv_discount_rate": 0.1})[history]
    assert row["discounted_orders"] == pytest.approx(right, rel=1e-5)
    assert row["discounted_orders"] < row["expected_orders"]
    plain = bg_nbd_scores(CDNOW, [history])[history]
    assert plain["discounted_orders"] == plain["expected_orders"]
