"""The dictionary's marts of visits, funnels, daily activity and key figures in plain Python.

As in `metrics`: staged rows, the last day that counts and the variables in, the mart's rows out;
and the business time zone, because a cart is judged 24 hours after it was filled.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from .calendars import ONE_DAY, Period
from .metrics import (
    UNKNOWN,
    Order,
    Row,
    Vars,
    by_customer,
    counted_orders,
    customer_flow,
    event_days,
    half_up,
    mart_periods,
    nps,
    nps_group,
    nps_responses,
    order_days,
    period_columns,
    ratio,
    repeat_purchase,
    revenue,
    sum_of,
)
from .metrics_value import shipped_channels
from .raw_rules import Staged, TypedRow, end_of, start_of

ALL = "all"
STICKINESS_DAYS = 30
YEAR_OF = {"month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Visit:
    """A visible session. `customer_id` where known; `seconds` None where the length is not."""

    session_id: str
    visitor_id: str
    customer_id: str | None
    channel: str
    day: date
    started: datetime
    seconds: int | None
    has_cart: bool
    has_checkout: bool
    has_lead: bool
    is_engaged: bool
    has_order: bool

    @property
    def person(self) -> tuple[str, str]:
        """Who it was: the customer, or else the visitor."""
        if self.customer_id is None:
            return "visitor", self.visitor_id
        return "customer", self.customer_id


# ---------------------------------------------------------------- visits


def utm_channel(source: str | None, medium: str | None) -> str:
    """The channel of the pair of utm values, else of the medium, else of the source."""
    known = shipped_channels()
    source, medium = (source or "").lower(), (medium or "").lower()
    found = (
        known.get(("utm_source / utm_medium", f"{source} / {medium}")),
        known.get(("utm_medium", medium)),
        known.get(("utm_source", source)),
    )
    return next((channel for channel in found if channel), UNKNOWN)


def counted_order_rows(staged: Staged) -> list[TypedRow]:
    """The staged rows of the counted orders."""
    return [row for row in staged["orders"] if row["counted"]]


def visits(staged: Staged) -> list[Visit]:
    """Every staged session, oldest first. An order that names a session tells its customer; a
    visitor of whom one customer is known is that customer throughout."""
    buyers: dict[str, list[str]] = defaultdict(list)
    ordered = set()
    for order in counted_order_rows(staged):
        if order["session_id"] is not None:
            ordered.add(order["session_id"])
            if order["customer_id"] is not None:
                buyers[order["session_id"]].append(order["customer_id"])
    found = []
    for row in staged["sessions"]:
        started, ended = row["started_at"], row["ended_at"]
        found.append(
            Visit(
                row["session_id"],
                row["visitor_id"],
                row["customer_id"] or min(buyers[row["session_id"]], default=None),
                utm_channel(row["utm_source"], row["utm_medium"]),
                started.day,
                started.instant,
                whole_seconds(started.instant, ended.instant) if ended else None,
                bool(row["cart_additions"]),
                bool(row["checkouts"]),
                bool(row["leads"]),
                bool(row["product_views"] or row["leads"]),
                row["session_id"] in ordered,
            )
        )
    known: dict[str, set[str]] = defaultdict(set)
    for visit in found:
        if visit.customer_id is not None:
            known[visit.visitor_id].add(visit.customer_id)
    stitched = [
        replace(visit, customer_id=next(iter(known[visit.visitor_id])))
        if visit.customer_id is None and len(known[visit.visitor_id]) == 1
        else visit
        for visit in found
    ]
    return sorted(stitched, key=lambda visit: (visit.started, visit.session_id))


def whole_seconds(start: datetime, end: datetime) -> int | None:
    """Seconds between two moments, each cut to its second; None where the end comes first."""
    if end < start:
        return None
    return int((end.replace(microsecond=0) - start.replace(microsecond=0)).total_seconds())


def inside(period: Period, day: date) -> bool:
    """Whether a day lies in a period."""
    return period.start <= day <= period.end


def is_bought(visit: Visit, orders: Iterable[TypedRow], zone: ZoneInfo) -> bool:
    """Whether an order names the session, or one of its customer falls into the 24 hours from its
    start. An order at the very start of a day (no time given) may have come at any time of it."""
    if visit.has_order:
        return True
    for order in orders:
        if visit.customer_id is None or order["customer_id"] != visit.customer_id:
            continue
        moment = order["ordered_at"]
        earliest = latest = moment.instant
        if earliest == start_of(moment.day, zone):
            latest += timedelta(days=1)
        if moment.day < visit.day:
            continue
        if earliest <= visit.started + timedelta(days=1) and latest >= visit.started:
            return True
    return False


def decided_carts(staged: Staged, as_of: date, zone: ZoneInfo) -> list[tuple[Visit, bool]]:
    """The visits with a cart whose 24 hours are over, and whether the cart was abandoned."""
    orders = counted_order_rows(staged)
    end = end_of(as_of, zone)
    return [
        (visit, not is_bought(visit, orders, zone))
        for visit in visits(staged)
        if visit.has_cart and visit.started + timedelta(days=1) <= end
    ]


# ---------------------------------------------------------------- marts


def abandoned_carts(staged: Staged, as_of: date, _variables: Vars, zone: ZoneInfo) -> list[Row]:
    """customers.abandoned_carts: one row an abandoned cart."""
    return [
        {
            "session_id": visit.session_id,
            "visitor_id": visit.visitor_id,
            "customer_id": visit.customer_id,
            "channel": visit.channel,
            "session_date": visit.day,
            "started_at": visit.started,
        }
        for visit, is_abandoned in decided_carts(staged, as_of, zone)
        if is_abandoned
    ]


def daily_activity(staged: Staged, as_of: date, _variables: Vars, _zone: ZoneInfo) -> list[Row]:
    """metrics.daily_activity: one row a day."""
    starts = (
        event_days(staged, "orders", "ordered_at")
        + event_days(staged, "refunds", "refunded_at")
        + event_days(staged, "sessions", "started_at")
    )
    if not starts:
        return []
    orders = counted_orders(staged, as_of)
    seen = visits(staged)
    active: dict[date, set[str]] = defaultdict(set)
    for order in orders:
        if order.customer_id is not None:
            active[order.day].add(order.customer_id)
    for row in staged["sessions"]:
        if row["customer_id"] is not None:
            active[row["started_at"].day].add(row["customer_id"])
    rows: list[Row] = []
    day = min(starts)
    while day <= as_of:
        placed = [order for order in orders if order.day == day]
        visited = [visit for visit in seen if visit.day == day]
        month = [day - timedelta(days=back) for back in range(STICKINESS_DAYS)]
        users = set().union(*(active[one] for one in month))
        rows.append(
            {
                "date_day": day,
                "visitors": len({visit.visitor_id for visit in visited}),
                "sessions": len(visited),
                "active_users": len(active[day]),
                "orders": len(placed),
                "buyers": len(by_customer(placed)),
                "net_revenue": sum_of(order.net_revenue for order in placed),
                "active_users_30_days": len(users),
                "stickiness": ratio(len(active[day]), len(users)),
            }
        )
        day += ONE_DAY
    for number, row in enumerate(rows):
        week = rows[max(0, number - 6) : number + 1]
        for name in ("visitors", "sessions", "active_users", "orders", "buyers", "net_revenue"):
            total = sum_of(Decimal(each[name]) for each in week)
            row[f"{name}_7_day_mean"] = ratio(total, len(week))
        row["orders_3_day_change"] = None
        if number >= 30:
            now = sum(each["orders"] for each in rows[number - 2 : number + 1])
            before = sum(each["orders"] for each in rows[number - 30 : number - 27])
            row["orders_3_day_change"] = ratio(now - before, before)
    return rows


def visitors(staged: Staged, as_of: date, variables: Vars, zone: ZoneInfo) -> list[Row]:
    """metrics.visitors: one row a period."""
    seen = visits(staged)
    first: dict[str, date] = {}
    led_to: list[tuple[date, int]] = []
    waiting: dict[str, int] = defaultdict(int)
    for visit in seen:
        first.setdefault(visit.visitor_id, visit.day)
        waiting[visit.visitor_id] += 1
        if visit.has_order:
            led_to.append((visit.day, waiting.pop(visit.visitor_id)))
    carts = decided_carts(staged, as_of, zone)
    rows = []
    starts = event_days(staged, "sessions", "started_at")
    for period in mart_periods(starts, as_of, variables):
        within = [visit for visit in seen if inside(period, visit.day)]
        people = {visit.visitor_id for visit in within}
        old = {visitor for visitor in people if first[visitor] < period.start}
        needed = [count for day, count in led_to if inside(period, day)]
        decided = [gone for visit, gone in carts if inside(period, visit.day)]
        with_cart = sum(visit.has_cart for visit in within)
        rows.append(
            period_columns(period, as_of)
            | {
                "visitors": len(people),
                "new_visitors": len(people - old),
                "returning_visitors": len(old),
                "sessions": len(within),
                "order_sessions": len(needed),
                "cart_sessions": with_cart,
                "checkout_sessions": sum(visit.has_checkout for visit in within),
                "decided_carts": len(decided),
                "abandoned_carts": sum(decided),
                "returning_visitor_rate": ratio(len(old), len(people)),
                "sessions_per_visitor": ratio(len(within), len(people)),
                "cart_rate": ratio(with_cart, len(within)),
                "order_rate": ratio(len(needed), len(within)),
                "cart_abandonment_rate": ratio(sum(decided), len(decided)),
                "mean_sessions_to_order": ratio(sum(needed), len(needed)),
                "median_sessions_to_order": Fraction(median(needed)) if needed else None,
            }
        )
    return rows


def marketing_funnel(staged: Staged, as_of: date, variables: Vars, _zone: ZoneInfo) -> list[Row]:
    """metrics.marketing_funnel: one row a period."""
    seen = visits(staged)
    days_of = {
        customer: order_days(orders)
        for customer, orders in by_customer(counted_orders(staged, as_of)).items()
    }
    rows = []
    starts = event_days(staged, "orders", "ordered_at") + event_days(
        staged, "sessions", "started_at"
    )
    for period in mart_periods(starts, as_of, variables):
        within = [visit for visit in seen if inside(period, visit.day)]
        people = {visit.person for visit in within}
        engaged = {visit.person for visit in within if visit.is_engaged}

        def reached(number: int, period: Period = period) -> set[str]:
            """The customers whose order day of that number lies in the period."""
            return {
                customer
                for customer, days in days_of.items()
                if len(days) >= number and inside(period, days[number - 1])
            }

        tracked = {customer for kind, customer in engaged if kind == "customer"}
        began = reached(1)
        new, second, fifth = ((reached(number) & tracked & began) for number in (1, 2, 5))
        steps = [len(people), len(engaged), len(new), len(second), len(fifth)]
        row = period_columns(period, as_of) | dict(
            zip(
                (
                    "visitors",
                    "engaged_visitors",
                    "new_buyers",
                    "second_order_buyers",
                    "fifth_order_buyers",
                ),
                steps,
                strict=True,
            )
        )
        for name, number in (("new", 1), ("second_order", 2), ("fifth_order", 5)):
            row[f"untracked_{name}_buyers"] = len(reached(number) - tracked)
            if number > 1:
                row[f"earlier_{name}_buyers"] = len((reached(number) & tracked) - began)
        names = ("engaged_visitor", "new_buyer", "second_order", "fifth_order")
        for name, before, after in zip(names, steps, steps[1:], strict=False):
            row[f"{name}_rate"] = ratio(after, before)
            row[f"{name}_loss"] = before - after
            row[f"{name}_loss_rate"] = ratio(before - after, before)
        rows.append(row)
    return rows


def race_funnel(staged: Staged, as_of: date, variables: Vars, _zone: ZoneInfo) -> list[Row]:
    """metrics.race_funnel: one row a period and channel that ever occurs, and one for them all."""
    seen = visits(staged)
    channel_of_session = {visit.session_id: visit.channel for visit in seen}
    session_of = {row["order_id"]: row["session_id"] for row in staged["orders"]}
    orders = counted_orders(staged, as_of)

    def order_channel(order: Order) -> str:
        return channel_of_session.get(session_of[order.order_id] or "", UNKNOWN)

    profiles = {row["customer_id"]: row for row in staged["customers"]}
    starts = [
        day
        for table, event in (
            ("orders", "ordered_at"),
            ("refunds", "refunded_at"),
            ("sessions", "started_at"),
            ("social_daily", "activity_date"),
            ("surveys", "responded_at"),
        )
        for day in event_days(staged, table, event)
    ]
    channels = (
        {ALL}
        | {visit.channel for visit in seen}
        | {order_channel(order) for order in orders}
        | {network_channel(row["network"]) for row in staged["social_daily"]}
        | {answer_channel(row, profiles) for row in nps_responses(staged)}
    )
    first = {customer: min(order_days(own)) for customer, own in by_customer(orders).items()}
    rows = []
    for period in mart_periods(starts, as_of, variables):
        answers = [row for row in nps_responses(staged) if inside(period, row["responded_at"].day)]
        latest = {row["customer_id"] or ("anonymous", row["response_id"]): row for row in answers}
        for channel in sorted(channels):

            def counts(of: str, channel: str = channel) -> bool:
                """Whether something of a channel counts in this row."""
                return channel in (ALL, of)

            within = [v for v in seen if inside(period, v.day) and counts(v.channel)]
            placed = [o for o in orders if inside(period, o.day) and counts(order_channel(o))]
            reports = [r for r in staged["social_daily"] if counts(network_channel(r["network"]))]
            groups = [
                nps_group(row["score"])
                for row in latest.values()
                if counts(answer_channel(row, profiles))
            ]
            people = {visit.visitor_id for visit in within}
            buyers = set(by_customer(placed))
            returning = {buyer for buyer in buyers if first[buyer] < period.start}
            timed = [visit.seconds for visit in within if visit.seconds is not None]
            sales = sum_of(order.net_revenue for order in placed)
            charged = sum_of(order.amount for order in placed)
            promoters, detractors = groups.count("promoter"), groups.count("detractor")
            points = ratio(promoters - detractors, len(groups))
            with_order = sum(visit.has_order for visit in within)
            rows.append(
                period_columns(period, as_of)
                | {
                    "channel": channel,
                    "visitors": len(people),
                    "followers": followers(reports, min(period.end, as_of)),
                    "value_per_visitor": ratio(sales, len(people)),
                    "sessions": len(within),
                    "lead_rate": ratio(sum(visit.has_lead for visit in within), len(within)),
                    "minutes_per_session": ratio(sum(timed), 60 * len(timed)),
                    "engaged_rate": ratio(sum(v.is_engaged for v in within), len(within)),
                    "social_interactions": sum(
                        int(row[name] or 0)
                        for row in reports
                        if inside(period, row["activity_date"].day)
                        for name in ("likes", "comments", "shares")
                    ),
                    "buyers": len(buyers),
                    "orders": len(placed),
                    "conversion_rate": ratio(with_order, len(within)),
                    "sales": sales,
                    "average_order_value": ratio(charged, len(placed)),
                    "returning_rate": ratio(len(returning), len(buyers)),
                    "nps": None if points is None else 100 * points,
                    "promoters": promoters,
                }
            )
    return rows


def network_channel(network: str) -> str:
    """The channel of a social network."""
    return shipped_channels().get(("network", network.lower()), UNKNOWN)


def answer_channel(answer: TypedRow, profiles: Mapping[str, TypedRow]) -> str:
    """The channel that brought the customer who answers."""
    profile = profiles.get(answer["customer_id"]) if answer["customer_id"] else None
    brought = (profile["acquisition_channel"] if profile else None) or ""
    return shipped_channels().get(("acquisition_channel", brought.lower()), UNKNOWN)


def followers(reports: Iterable[TypedRow], on: date) -> int:
    """The followers that each network last reported by a day, together."""
    known: dict[str, tuple[date, int]] = {}
    for row in reports:
        day = row["activity_date"].day
        if row["followers"] is not None and day <= on:
            known[row["network"]] = max(
                known.get(row["network"], (date.min, 0)), (day, int(row["followers"]))
            )
    return sum(count for _, count in known.values())


def kpis(staged: Staged, as_of: date, variables: Vars, zone: ZoneInfo) -> list[Row]:
    """metrics.kpis, without targets: every number of these marts that metrics.kpis quotes, with
    what came before it. Of nps and race_funnel the row of the whole shop."""
    quoted: dict[str, tuple[list[Row], Sequence[str]]] = {
        "customer_flow": (customer_flow(staged, as_of, variables), ("is_burn_in",)),
        "repeat_purchase": (repeat_purchase(staged, as_of, variables), ()),
        "revenue": (revenue(staged, as_of, variables), ()),
        "nps": (
            [r for r in nps(staged, as_of, variables) if r["segment_type"] == ALL],
            ("segment_type", "segment", "standard_error", "ci_low", "ci_high"),
        ),
        "visitors": (visitors(staged, as_of, variables, zone), ()),
        "marketing_funnel": (marketing_funnel(staged, as_of, variables, zone), ()),
        "race_funnel": (
            [r for r in race_funnel(staged, as_of, variables, zone) if r["channel"] == ALL],
            ("channel",),
        ),
    }
    rows = []
    for mart, (mart_rows, left_out) in quoted.items():
        by_kind: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in mart_rows:
            by_kind[row["calendar"], row["period_grain"]].append(row)
        for (_, grain), in_order in by_kind.items():
            for number, row in enumerate(in_order):
                period = {name: row[name] for name in PERIOD}
                for column in row.keys() - set(PERIOD) - set(left_out):
                    values = [_value(column, each[column]) for each in in_order]
                    earlier = {
                        name: values[number - back] if number >= back else None
                        for name, back in (("previous", 1), ("year_before", YEAR_OF[grain]))
                    }
                    value = values[number]
                    rows.append(
                        period
                        | {"metric": f"{mart}.{column}", "value": value}
                        | {"elapsed_share": elapsed_share(row, as_of)}
                        | {f"{name}_value": before for name, before in earlier.items()}
                        | _changes(value, earlier)
                    )
    return rows


MONEY_A_HEAD = ("average_order_value", "revenue_per_active_user", "value_per_visitor")
PERIOD = ("calendar", "period_grain", "period_start", "period_end", "is_complete")


def elapsed_share(row: Row, as_of: date) -> Fraction:
    """The share of a period's days up to as_of."""
    days = (row["period_end"] - row["period_start"]).days + 1
    return Fraction(min((as_of - row["period_start"]).days + 1, days), days)


def _value(column: str, value: Any) -> float | None:
    """A figure as metrics.kpis has it: money a head is rounded in its mart already."""
    if value is None:
        return None
    if column not in MONEY_A_HEAD:
        return float(value)
    return float(half_up(value) if value >= 0 else -half_up(-value))


def _changes(value: float | None, earlier: Mapping[str, float | None]) -> Row:
    changes: Row = {}
    for name, before in earlier.items():
        change = None if value is None or before is None else value - before
        changes[f"change_from_{name}"] = change
        changes[f"change_rate_from_{name}"] = None
        if change is not None and before:
            changes[f"change_rate_from_{name}"] = change / abs(before)
    return changes


Mart = Callable[[Staged, date, Vars, ZoneInfo], list[Row]]

MARTS: dict[str, Mart] = {
    "customers.abandoned_carts": abandoned_carts,
    "metrics.daily_activity": daily_activity,
    "metrics.visitors": visitors,
    "metrics.marketing_funnel": marketing_funnel,
    "metrics.race_funnel": race_funnel,
}
"""Every mart that this part of the reference knows, by relation name; metrics.kpis apart, of which
it knows only the figures of `kpis`."""
