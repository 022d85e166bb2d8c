"""A build that goes on from the one before gives the rows of a build that starts anew."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.histories import NOW, History, histories
from tests.replay.harness import Replay

from .shops import CHOICES, SALT, dbt_vars, examples, replay_of

Raw = Mapping[str, Sequence[Mapping[str, Any]]]
STEPS = 10
COMPARED = (4, 9)
"""A row that went astray stays astray, so not each step need be built anew to be compared with."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One build: the raw tables as they lie there then, the as_of asked for, days after NOW."""

    raw: Raw
    as_of: date | None
    days_later: int


@st.composite
def growing_shops(draw: st.DrawFn) -> tuple[History, list[Step]]:
    """A dirty shop whose rows arrive in files of ten builds, early rows late and late rows early,
    seen as of days that mostly move on."""
    history = draw(histories(dirty=True, choices=st.sampled_from(CHOICES[:2])))
    arrivals = st.integers(0, STEPS - 1)
    placed: list[tuple[str, int, dict[str, Any]]] = []
    counts: Counter[tuple[str, str]] = Counter()
    for table, rows in history.raw.items():
        for row in rows:
            arrival = draw(arrivals)
            file = f"{arrival:02}-{row['_file']}"
            counts[table, file] += 1
            moved = {**row, "_file": f"{table}/{file}", "_row": counts[table, file]}
            placed.append((table, arrival, moved))
    days = [NOW.date() - timedelta(days=days) for days in (400, 90, 30, 2)]
    asked = draw(
        st.lists(
            st.none() | st.sampled_from([*days, *order_days(history)]),
            min_size=STEPS,
            max_size=STEPS,
        )
    )
    backwards = draw(st.booleans())
    if not backwards:
        asked = sorted(asked, key=lambda day: day or date.max)
    later = sorted(draw(st.lists(st.integers(0, 30), min_size=STEPS, max_size=STEPS)))
    steps = [
        Step(
            {
                table: [row for name, step, row in placed if name == table and step <= number]
                for table in history.raw
            },
            asked[number],
            later[number],
        )
        for number in range(STEPS)
    ]
    return history, steps


def order_days(history: History) -> list[date]:
    """The days that orders name and an as_of can be."""
    days = []
    for row in history.raw["orders"]:
        try:
            days.append(date.fromisoformat(str(row.get("ordered_at"))[:10]))
        except ValueError:
            continue
    return [day for day in days if date(1950, 1, 1) < day <= NOW.date()]


@cache
def second_replay_of(number: int) -> Replay:
    """Another replay of one of CHOICES, for builds that go on."""
    return Replay(dbt_vars(*CHOICES[number]))


def check(shop: tuple[History, list[Step]]) -> None:
    """Build each step both ways; fail with the first relations that differ."""
    history, steps = shop
    number = next(
        number
        for number, choice in enumerate(CHOICES)
        if dbt_vars(*choice) == dbt_vars(history.settings, history.variables)
    )
    anew, going_on = replay_of(number), second_replay_of(number)
    for count, step in enumerate(steps):
        now = history.settings.now + timedelta(days=step.days_later)
        if count == 0:
            going_on.run(step.raw, step.as_of, now, SALT)
            continue
        is_compared = count in COMPARED
        going_on.go_on(step.raw, step.as_of, now, SALT, whole=is_compared)
        if is_compared:
            anew.run(step.raw, step.as_of, now, SALT)
            assert differing(anew, going_on) == {}, f"step {count}"


def differing(anew: Replay, going_on: Replay) -> dict[str, str]:
    """The relations whose rows are not the same in both, with the rows of one side only."""
    found = {}
    for node in anew.project.nodes:
        is_bookkeeping = "touched_" in node.relation or node.relation == "staging.run_context"
        if node.kind != "model" or is_bookkeeping:
            continue
        if digest_of(anew, node.relation) != digest_of(going_on, node.relation):
            expected, actual = rows_of(anew, node.relation), rows_of(going_on, node.relation)
            found[node.relation] = f"{expected - actual} but {actual - expected}"
    return found


def compared(relation: str) -> str:
    """The query of a relation's rows; which run wrote a ledger's row does not count."""
    columns = "* exclude (run_number)" if relation.endswith("_ledger") else "*"
    return f"select {columns} from {relation}"


def digest_of(replay: Replay, relation: str) -> tuple[Any, ...] | None:
    """How many rows a relation has and the sum of their hashes: the same rows, the same digest."""
    rows = f"({compared(relation)}) as compared"
    return replay.connection.execute(
        f"select count(*), sum(cast(hash(compared) as hugeint)) from {rows}"
    ).fetchone()


def rows_of(replay: Replay, relation: str) -> Counter[tuple[Any, ...]]:
    """The rows of a relation, how often each is there."""
    return Counter(replay.connection.execute(compared(relation)).fetchall())


@given(growing_shops())
@examples(20)
def test_what_goes_on_equals_what_starts_anew(shop: tuple[History, list[Step]]) -> None:
    check(shop)


@pytest.mark.soak
def test_many_shops_go_on_as_if_they_started_anew() -> None:
    run: Callable[..., Any] = examples(300, seed=False)(given(growing_shops())(check))
    run()
