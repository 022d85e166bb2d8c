"""Random shops in the warehouse: the choices of variables that are compiled, and their replays."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from tests.reference.histories import NOW, History, histories
from tests.reference.metrics import Vars
from tests.reference.raw_rules import Reading, Settings, classify
from tests.replay.harness import Replay

from .compare import differences

SALT = "pepper"

# Hypothesis turns each random example into five near copies; as a backend of another name its own
# generator makes each example anew, so that sixty shops are sixty different shops.
AVAILABLE_PROVIDERS["independent"] = f"{HypothesisProvider.__module__}.HypothesisProvider"

CHOICES: tuple[tuple[Settings, Vars], ...] = (
    (Settings(NOW), Vars()),
    (
        Settings(
            NOW,
            source_timezone="America/New_York",
            business_timezone="Asia/Tehran",
            not_counted_statuses=frozenset({"Returned", "draft"}),
        ),
        Vars(churn_after_days=30, rfm_window_days=90),
    ),
    (
        Settings(NOW, source_timezone="Asia/Tehran", business_timezone="America/Havana"),
        Vars(churn_after_days=7, rfm_window_days=1),
    ),
    (
        Settings(NOW, business_timezone="Asia/Tehran"),
        Vars(churn_after_days=31, rfm_window_days=30),
    ),
)
"""Each must be compiled, which takes seconds, so random shops share these."""


def shops(dirty: bool = False) -> st.SearchStrategy[History]:
    """Histories whose variables are one of CHOICES."""
    return histories(dirty=dirty, choices=st.sampled_from(CHOICES))


def examples(count: int, seed: bool = True) -> settings:
    """Settings of a property test over shops. With `seed` the same examples each time, and a
    failing one as it came: to make it smaller takes minutes."""
    return settings(
        max_examples=count,
        backend="independent",
        derandomize=seed,
        database=None,
        deadline=None,
        print_blob=not seed,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        phases=(Phase.generate,) if seed else (Phase.generate, Phase.shrink),
    )


def dbt_vars(around: Settings, variables: Vars) -> dict[str, Any]:
    """The dbt variables that mean the same as a reference's settings and variables."""
    return {
        "churn_after_days": variables.churn_after_days,
        "rfm_window_days": variables.rfm_window_days,
        "not_counted_statuses": sorted(around.not_counted_statuses),
        "reporting_currency": around.reporting_currency,
        "business_timezone": around.business_timezone,
        "source_timezone": around.source_timezone,
        # Random shops are dirtier than a shop may be.
        "max_rejected_share": 1,
    }


@cache
def replay_of(number: int) -> Replay:
    """The replay of one of CHOICES."""
    return Replay(dbt_vars(*CHOICES[number]))


def replay(history: History) -> Replay:
    """The warehouse built from a shop."""
    around = history.settings
    same = [
        number
        for number, (settled, chosen) in enumerate(CHOICES)
        if dbt_vars(settled, chosen) == dbt_vars(around, history.variables)
    ]
    built = replay_of(same[0])
    built.run(history.raw, around.as_of, around.now, SALT)
    return built


def reading(history: History) -> Reading:
    """The shop as the reference reads it."""
    return classify(history.raw, history.settings)


def mart_differences(
    history: History,
    built: Replay,
    marts: Mapping[str, Callable[..., list[dict[str, Any]]]],
    *more: Any,
) -> dict[str, list[str]]:
    """What the warehouse and the reference say otherwise, by mart. A mart's reference takes the
    staged rows, as_of, the variables and what is `more`."""
    expected = reading(history)
    given = (expected.staged, expected.as_of, history.variables, *more)
    found = {
        mart: differences(reference(*given), built.rows(mart), built.project.node(mart).grain)
        for mart, reference in marts.items()
    }
    return {mart: lines for mart, lines in found.items() if lines}
