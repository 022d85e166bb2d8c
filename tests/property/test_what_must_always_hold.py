"""What holds on every shop, whatever the dictionary's formulas: sums that meet, rows that move."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.reference.histories import NOW, History
from tests.reference.raw_rules import TABLES
from tests.replay.harness import Replay

from .shops import examples, reading, replay, shops

Row = dict[str, Any]
Rows = Counter[tuple[Any, ...]]
TOTALS = ("orders", "gross_revenue", "net_revenue")


def by(rows: Iterable[Row], *columns: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows by their values in these columns."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return groups


def marts(built: Replay, schemas: tuple[str, ...]) -> dict[str, Rows]:
    """The rows of every mart of these schemas, without the columns that name a place in a file."""
    found = {}
    for node in built.changing.values():
        if node.relation.split(".")[0] in schemas:
            found[node.relation] = Counter(
                tuple(value for name, value in row.items() if name not in ("file", "file_row"))
                for row in built.rows(node.relation)
            )
    return found


def changed(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> dict[str, tuple[Rows, Rows]]:
    """The rows that only one of the two has, of each mart that differs."""
    return {
        mart: (before[mart] - after[mart], after[mart] - before[mart])
        for mart in before
        if before[mart] != after[mart]
    }


@given(shops(dirty=True))
@examples(8)
def test_the_sums_of_a_shop_meet(history: History) -> None:
    built = replay(history)
    check_customer_flow(built)
    check_cohorts(built)
    check_shares(built)
    check_revenue(built)
    check_balance(built)


def check_customer_flow(built: Replay) -> None:
    """Each period ends with start + new + reactivated - churned, and the next starts there."""
    for periods in by(built.rows("metrics.customer_flow"), "calendar", "period_grain").values():
        ordered = sorted(periods, key=lambda row: row["period_start"])
        for row in ordered:
            moved = row["new_customers"] + row["reactivated_customers"] - row["churned_customers"]
            assert row["customers_end"] == row["customers_start"] + moved, row
        for earlier, later in pairwise(ordered):
            assert later["period_start"] == earlier["period_end"] + timedelta(days=1)
            assert later["customers_start"] == earlier["customers_end"], later
        assert ordered[0]["customers_start"] == 0


def check_cohorts(built: Replay) -> None:
    """Cohorts hold every customer with an order once, all of them active in month 0; their money
    is the customers' money."""
    buyers = [row for row in built.rows("customers.customers") if row["orders"]]
    cells = by(built.rows("metrics.retention_cohorts"), "calendar")
    assert len(cells) == (2 if buyers else 0)
    for rows in cells.values():
        first = [row for row in rows if row["month_number"] == 0]
        assert sum(row["cohort_customers"] for row in first) == len(buyers)
        assert all(row["active_customers"] == row["cohort_customers"] for row in first)
        assert total(rows, "net_revenue") == total(buyers, "net_revenue")
        assert total(rows, "orders") == total(buyers, "orders")
    for rows in by(built.rows("metrics.early_repeat"), "calendar", "horizon_days").values():
        assert sum(row["cohort_customers"] for row in rows) == len(buyers)


def check_shares(built: Replay) -> None:
    """Segments split the customers: their shares add up to 1, their moves to their sizes."""
    sizes = by(built.rows("metrics.rfm_segments"), "calendar", "month_end")
    for rows in sizes.values():
        customers = sum(row["customers"] for row in rows)
        shares = sum(row["share"] for row in rows if row["share"] is not None)
        assert math.isclose(shares, 1 if customers else 0, abs_tol=1e-9), rows
    moves = by(built.rows("metrics.rfm_migration"), "calendar", "month_end")
    assert moves.keys() == sizes.keys()
    for at, rows in moves.items():
        assert total(rows, "customers") == total(sizes[at], "customers")
    for rows in by(built.rows("metrics.nps"), "calendar", "period_grain", "period_start").values():
        answers = {
            kind[0]: total(own, "responses") for kind, own in by(rows, "segment_type").items()
        }
        assert len(set(answers.values())) == 1, answers


def check_revenue(built: Replay) -> None:
    """Months add up to the same totals as quarters and years, in both calendars."""
    grains = by(built.rows("metrics.revenue"), "calendar", "period_grain").values()
    assert len({tuple(total(rows, column) for column in TOTALS) for rows in grains}) <= 1


def check_balance(built: Replay) -> None:
    """Every raw row has one fate, and every rejected row a line of its own."""
    rejected = Counter(row["raw_table"] for row in built.rows("quality.rejected_rows"))
    for row in built.rows("quality.row_balance"):
        fates = [row[f"{fate}_rows"] for fate in ("superseded", "not_yet_visible", "staged")]
        assert min(fates) >= 0
        assert row["raw_rows"] == row["rejected_rows"] + sum(fates)
        assert row["rejected_rows"] == rejected[row["raw_table"]]


def total(rows: Iterable[Row], column: str) -> Decimal:
    """The sum of a column of whole numbers or money."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


@given(shops(dirty=True))
@examples(6)
def test_one_file_or_three_are_the_same_rows(history: History) -> None:
    one, three = {}, {}
    for table, rows in history.raw.items():
        ordered = sorted(rows, key=lambda row: (row["_file"], row["_row"]))
        size = max(1, len(ordered) // 3)
        one[table] = [row | {"_file": "all", "_row": n} for n, row in enumerate(ordered)]
        three[table] = [
            row | {"_file": f"part-{min(n // size, 2)}", "_row": n} for n, row in enumerate(ordered)
        ]
    before = marts(replay(replace(history, raw=one)), ("customers", "metrics", "quality"))
    after = marts(replay(replace(history, raw=three)), ("customers", "metrics", "quality"))
    assert changed(before, after) == {}


@given(shops(), st.randoms(use_true_random=False))
@examples(6)
def test_the_order_of_rows_means_nothing_where_no_key_comes_twice(
    history: History, chance: Any
) -> None:
    outranked = {
        (verdict.table, verdict.file, verdict.row)
        for verdict in reading(history).verdicts
        if verdict.status == "superseded"
    }
    first, shuffled = {}, {}
    for table, rows in history.raw.items():
        first[table] = [row for row in rows if (table, row["_file"], row["_row"]) not in outranked]
        places = list(enumerate(first[table]))
        chance.shuffle(places)
        shuffled[table] = [
            row | {"_file": chance.choice("abc"), "_row": number}
            for number, (_, row) in enumerate(places)
        ]
    before = marts(replay(replace(history, raw=first)), ("customers", "metrics", "quality"))
    after = marts(replay(replace(history, raw=shuffled)), ("customers", "metrics", "quality"))
    assert changed(before, after) == {}


@given(shops(), st.data())
@examples(6)
def test_rows_after_as_of_change_nothing(history: History, data: st.DataObject) -> None:
    as_of = reading(history).as_of
    days_left = (NOW.date() - as_of).days - 2
    assume(days_left > 0)
    settled = replace(history, settings=replace(history.settings, as_of=as_of))
    before = marts(replay(settled), ("customers", "metrics"))
    later = {
        table: rows + later_rows(table, rows, as_of, days_left, data)
        for table, rows in history.raw.items()
    }
    after = marts(replay(replace(settled, raw=later)), ("customers", "metrics"))
    assert changed(before, after) == {}


def later_rows(
    table: str, rows: list[Row], as_of: date, days_left: int, data: st.DataObject
) -> list[Row]:
    """Copies of some rows, as things that happen after as_of: new ones, and for tables that name
    their versions new versions of those that were there."""
    spec = TABLES[table]
    new_key = {
        "orders": "order_id",
        "refunds": "refund_id",
        "customers": "customer_id",
        "sessions": "session_id",
        "surveys": "response_id",
        "subscriptions": "subscription_id",
        "marketing_spend": "campaign",
        "campaign_sends": "send_id",
        "social_daily": "network",
    }
    added: list[Row] = []
    for number, row in enumerate(rows):
        day = as_of + timedelta(days=data.draw(st.integers(1, days_left), label="days after"))
        if spec.event is None or not data.draw(st.booleans(), label="copied"):
            continue
        place = {"_file": "later", "_row": number + 1}
        copy = row | place | {spec.event: str(day)}
        if table in new_key:
            copy[new_key[table]] = f"later {number}"
        added.append(copy)
        if "updated_at" in row:
            newest = {"updated_at": f"{NOW.date() - timedelta(days=1)}T23:00:00Z"}
            changes = {"_file": "later still", "status": "cancelled", "country": "FR"}
            added.append(row | place | newest | changes)
    return added
