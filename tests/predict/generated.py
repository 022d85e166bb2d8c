"""Shops whose customers behave exactly as BG/NBD and Gamma-Gamma say, with known parameters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRUTHS = {"r": 0.8, "alpha": 8.0, "a": 0.9, "b": 3.0, "p": 4.0, "q": 3.5, "v": 20.0}
CUSTOMERS = 4000
WEEKS = 104.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Generated:
    """Repeat order days, weeks to the last one, weeks observed, money of the repeat days."""

    frequency: Array
    recency: Array
    age: Array
    spend: Array


def generate(seed: int, customers: int = CUSTOMERS) -> Generated:
    """A shop of two years whose customers came at random in the first of them.

    Order by order: an exponential wait, then the customer leaves with his own chance.
    """
    dice = np.random.default_rng(seed)
    rate = dice.gamma(TRUTHS["r"], 1 / TRUTHS["alpha"], customers)
    leave = dice.beta(TRUTHS["a"], TRUTHS["b"], customers)
    scale = dice.gamma(TRUTHS["q"], 1 / TRUTHS["v"], customers)
    age = WEEKS - dice.uniform(0, WEEKS / 2, customers)
    frequency = np.zeros(customers)
    recency = np.zeros(customers)
    spend = np.zeros(customers)
    clock = np.zeros(customers)
    active = np.arange(customers)
    while len(active):
        clock[active] += dice.exponential(1 / rate[active])
        active = active[clock[active] <= age[active]]
        frequency[active] += 1
        recency[active] = clock[active]
        spend[active] += dice.gamma(TRUTHS["p"], 1 / scale[active])
        active = active[dice.random(len(active)) >= leave[active]]
    return Generated(frequency, recency, age, spend)
