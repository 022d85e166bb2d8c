"""A random source whose results are the same on every machine.

Only `random.Random.random()` is drawn from: it is the one method whose sequence for a seed is
promised never to change. No logarithm, power or other function of the C library is used.
"""

from bisect import bisect_right
from collections.abc import MutableSequence, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

Value = TypeVar("Value")


class Dice:
    """Draws from one seeded stream; each part of the shop has a stream of its own."""

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random

    def chance(self, probability: float) -> bool:
        """True with this probability (a fraction)."""
        return self._next() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, values: Sequence[Value]) -> Value:
        """One of the values, each as likely."""
        return values[int(self._next() * len(values))]

    def shuffle(self, values: MutableSequence[Value]) -> None:
        """Puts the values in a random order, in place."""
        for last in range(len(values) - 1, 0, -1):
            other = self.integer(0, last)
            values[last], values[other] = values[other], values[last]

    def sample(self, values: Sequence[Value], size: int) -> list[Value]:
        """`size` different values in random order; ValueError if there are too few."""
        if size > len(values):
            message = f"cannot draw {size} of {len(values)}"
            raise ValueError(message)
        drawn = list(values)
        self.shuffle(drawn)
        return drawn[:size]

    def position(self, cumulative: Sequence[float]) -> int:
        """An index, drawn by weights that are already summed up."""
        return bisect_right(cumulative, self._next() * cumulative[-1])

    def weighted(self, weights: dict[Value, float]) -> Value:
        """A key, drawn in proportion to its weight."""
        return list(weights)[self.position(list(accumulate(weights.values())))]
