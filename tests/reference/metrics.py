"""The metric dictionary in plain Python, one function a mart.

Each function takes the staged rows of `raw_rules.classify`, the last day that counts and the
variables, and returns the mart's rows as dicts. Money is Decimal, a ratio of whole numbers or
money a Fraction (None where the denominator is 0), the NPS interval a float. Customers are in
order of their id.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist, median
from typing import Any

from .calendars import (
    CALENDARS,
    GRAINS,
    ONE_DAY,
    Period,
    first_of_month,
    month_index,
    periods,
    year_and_month,
)
from .raw_rules import Moment, Staged, TypedRow

Row = dict[str, Any]

RECENT_DAYS = 30
UNKNOWN = "unknown"
Z_95 = NormalDist().inv_cdf(0.975)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Vars:
    """The variables of the marts. `calendars` and `grains` only leave rows out."""

    churn_after_days: int = 90
    rfm_window_days: int | None = None
    horizons: tuple[int, ...] = (30, 60, 90, 365)
    calendars: tuple[str, ...] = CALENDARS
    grains: tuple[str, ...] = GRAINS


# ---------------------------------------------------------------- parts


@dataclass(frozen=True)
class Order:
    """A counted order. Money in the reporting currency; `margin` None where the cost is unknown;
    `customer_id` None for a guest."""

    order_id: str
    customer_id: str | None
    day: date
    amount: Decimal
    discount: Decimal
    net_revenue: Decimal
    margin: Decimal | None


@dataclass(frozen=True)
class Spell:
    """An unbroken stretch of order days of one customer."""

    number: int
    days: tuple[date, ...]


def counted_orders(staged: Staged, until: date) -> list[Order]:
    """The counted orders as one sees them on the evening of `until`: later orders and later
    refunds do not exist yet."""
    refunds: dict[str, Decimal] = defaultdict(Decimal)
    for row in staged["refunds"]:
        if row["refunded_at"].day <= until:
            refunds[row["order_id"]] += row["amount"]
    orders = []
    for row in staged["orders"]:
        if not row["counted"] or row["ordered_at"].day > until:
            continue
        refunded = refunds.get(row["order_id"])
        if refunded is None:
            refunded = row["refund_amount"] or ZERO
        net_revenue = row["amount"] - refunded
        cost = row["cost_amount"]
        orders.append(
            Order(
                row["order_id"],
                row["customer_id"],
                row["ordered_at"].day,
                row["amount"],
                row["discount_amount"] or ZERO,
                net_revenue,
                None if cost is None else net_revenue - cost,
            )
        )
    return orders


def by_customer(orders: Iterable[Order]) -> dict[str, list[Order]]:
    """The orders of each customer, without guests; customers in order of their id."""
    found: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        if order.customer_id is not None:
            found[order.customer_id].append(order)
    return dict(sorted(found.items()))


def order_days(orders: Iterable[Order]) -> tuple[date, ...]:
    """The distinct days of the orders, oldest first."""
    return tuple(sorted({order.day for order in orders}))


def is_active(days: Iterable[date], on: date, churn_after_days: int) -> bool:
    """An order day lies in (on - N, on]."""
    return any(on - timedelta(days=churn_after_days) < day <= on for day in days)


def spells(days: Sequence[date], churn_after_days: int) -> list[Spell]:
    """The spells in the order days (oldest first): a gap of N days or more starts a new one."""
    parts: list[list[date]] = []
    for day in days:
        if not parts or (day - parts[-1][-1]).days >= churn_after_days:
            parts.append([])
        parts[-1].append(day)
    return [Spell(number, tuple(part)) for number, part in enumerate(parts, start=1)]


def churned_on(spell: Spell, as_of: date, churn_after_days: int) -> date | None:
    """The day N days after the spell's last order day; None while it lies ahead."""
    day = spell.days[-1] + timedelta(days=churn_after_days)
    return day if day <= as_of else None


def median_gap(days: Sequence[date]) -> Fraction | None:
    """The median number of days between consecutive order days; None below two."""
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return Fraction(median(gaps)) if gaps else None


def ratio(above: Decimal | int, below: Decimal | int) -> Fraction | None:
    """above / below; None where `below` is 0."""
    return Fraction(above) / Fraction(below) if below else None


def half_up(value: Fraction, scale: int = 4) -> Decimal:
    """A value that is not negative with `scale` decimals, half up."""
    return Decimal(math.floor(value * 10**scale + Fraction(1, 2))).scaleb(-scale)


def sum_of(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 for nothing."""
    return sum(values, ZERO)


def event_days(staged: Staged, table: str, event: str) -> list[date]:
    """The event dates of a table's staged rows."""
    return [row[event].day for row in staged[table]]


def mart_periods(starts: Sequence[date], as_of: date, variables: Vars) -> list[Period]:
    """The periods of a mart whose source events lie on `starts`; none without an event."""
    return [
        period
        for calendar in variables.calendars
        for grain in variables.grains
        if starts
        for period in periods(calendar, grain, min(starts), as_of)
    ]


def period_columns(period: Period, as_of: date) -> Row:
    """The columns that every mart by period has."""
    return {
        "calendar": period.calendar,
        "period_grain": period.grain,
        "period_start": period.start,
        "period_end": period.end,
        "is_complete": period.end <= as_of,
    }


def month_ends(staged: Staged, calendar: str, as_of: date) -> list[date]:
    """The ends of the complete months from the earliest staged order on, and as_of."""
    days = event_days(staged, "orders", "ordered_at")
    if not days:
        return []
    return [min(month.end, as_of) for month in periods(calendar, "month", min(days), as_of)]


# ---------------------------------------------------------------- customers


def customer_ids(staged: Staged) -> list[str]:
    """Every customer id in any visible row, referrers too."""
    columns = {
        "orders": ["customer_id"],
        "customers": ["customer_id", "referred_by_customer_id"],
        "sessions": ["customer_id"],
        "surveys": ["customer_id"],
        "subscriptions": ["customer_id"],
        "campaign_sends": ["customer_id"],
    }
    seen = {
        row[name] for table, names in columns.items() for row in staged[table] for name in names
    }
    return sorted(seen - {None})


def customers_customers(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """customers.customers: one row a customer id."""
    orders_of = by_customer(counted_orders(staged, as_of))
    profiles = {row["customer_id"]: row for row in staged["customers"]}
    groups = {row["customer_id"]: row["nps_group"] for row in customers_nps(staged)}
    segments = rfm_state(staged, as_of, variables)
    rows = []
    for customer_id in customer_ids(staged):
        orders = orders_of.get(customer_id, [])
        days = order_days(orders)
        margins = [order.margin for order in orders]
        known = [margin for margin in margins if margin is not None]
        average = ratio(sum_of(order.amount for order in orders), len(orders))
        profile = profiles.get(customer_id)
        signed_up: Moment | None = profile["signed_up_at"] if profile else None
        rows.append(
            {
                "customer_id": customer_id,
                "first_order_date": days[0] if days else None,
                "last_order_date": days[-1] if days else None,
                "orders": len(orders),
                "order_days": len(days),
                "net_revenue": sum_of(order.net_revenue for order in orders),
                "margin": sum_of(known) if len(known) == len(margins) else None,
                "average_order_value": None if average is None else half_up(average),
                "days_since_last_order": (as_of - days[-1]).days if days else None,
                "median_days_between_orders": median_gap(days),
                "lifecycle_state": lifecycle_state(days, as_of, variables.churn_after_days),
                "acquisition_channel": profile["acquisition_channel"] if profile else None,
                "signed_up_at": signed_up.instant if signed_up else None,
                "nps_group": groups.get(customer_id),
                "rfm_segment": segments[customer_id]["segment"] if orders else None,
            }
        )
    return rows


def lifecycle_state(days: Sequence[date], as_of: date, churn_after_days: int) -> str:
    """The first of the six states that fits a customer with these order days."""
    if not days:
        return "prospect"
    if not is_active(days, as_of, churn_after_days):
        return "churned"
    spell = spells(days, churn_after_days)[-1]
    if spell.number >= 2 and (as_of - spell.days[0]).days <= RECENT_DAYS:
        return "reactivated"
    if (as_of - days[0]).days <= RECENT_DAYS:
        return "new"
    patience = Fraction(2 * churn_after_days, 3)
    gap = median_gap(days)
    if len(days) >= 3 and gap is not None:
        patience = min(2 * gap, patience)
    return "at_risk" if (as_of - days[-1]).days > patience else "active"


def customers_lifecycle(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """customers.lifecycle: one row a customer and spell."""
    rows = []
    for customer_id, orders in by_customer(counted_orders(staged, as_of)).items():
        for spell in spells(order_days(orders), variables.churn_after_days):
            inside = [order for order in orders if order.day in spell.days]
            rows.append(
                {
                    "customer_id": customer_id,
                    "spell_number": spell.number,
                    "active_from": spell.days[0],
                    "last_order_date": spell.days[-1],
                    "churned_on": churned_on(spell, as_of, variables.churn_after_days),
                    "orders": len(inside),
                    "net_revenue": sum_of(order.net_revenue for order in inside),
                }
            )
    return rows


def rfm_segment(recency_score: int, frequency_score: int) -> str:
    """The segment of one of the 25 cells."""
    r, f = recency_score, frequency_score
    if r <= 2:
        return "hibernating" if f <= 2 else "cannot_lose" if f == 5 else "at_risk"
    if r == 3 and f <= 3:
        return "about_to_sleep" if f <= 2 else "need_attention"
    if r == 5 and f >= 4:
        return "champion"
    if f >= 4:
        return "loyal"
    if f >= 2:
        return "potential_loyalist"
    return "promising" if r == 4 else "new"


def rfm_state(staged: Staged, on: date, variables: Vars) -> dict[str, Row]:
    """The row of customers.rfm of each customer with an order, as of the evening of `on`."""
    values: dict[str, Row] = {}
    for customer_id, orders in by_customer(counted_orders(staged, on)).items():
        window = variables.rfm_window_days
        recent = [o for o in orders if window is None or o.day > on - timedelta(days=window)]
        values[customer_id] = {
            "customer_id": customer_id,
            "recency_days": (on - order_days(orders)[-1]).days,
            "frequency": len(order_days(recent)),
            "monetary": sum_of(order.net_revenue for order in recent),
        }
    count = len(values)

    def fifths(name: str) -> Callable[[Row], int]:
        """How many fifths of the other customers have a smaller value."""
        ordered = sorted(row[name] for row in values.values())
        return lambda row: 5 * bisect_left(ordered, row[name]) // (count - 1) if count > 1 else 0

    recency, frequency, monetary = map(fifths, ("recency_days", "frequency", "monetary"))
    for row in values.values():
        r = max(1, 5 - recency(row))
        f = min(5, 1 + frequency(row))
        m = min(5, 1 + monetary(row))
        row |= {
            "recency_score": r,
            "frequency_score": f,
            "monetary_score": m,
            "rfm_score": f"{r}{f}{m}",
            "segment": rfm_segment(r, f),
        }
    return values


def customers_rfm(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """customers.rfm: one row a customer with an order."""
    return list(rfm_state(staged, as_of, variables).values())


def nps_group(score: Decimal) -> str:
    """Promoter 9-10, passive 7-8, detractor 0-6."""
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def nps_responses(staged: Staged) -> list[TypedRow]:
    """The staged answers to the nps question, oldest first, ties by response id."""
    answers = [row for row in staged["surveys"] if row["survey_type"] == "nps"]
    return sorted(answers, key=lambda row: (row["responded_at"].instant, row["response_id"]))


def customers_nps(staged: Staged) -> list[Row]:
    """customers.nps: one row a customer with an answer. The group is column `nps_group`."""
    answers: dict[str, list[TypedRow]] = defaultdict(list)
    for row in nps_responses(staged):
        if row["customer_id"] is not None:
            answers[row["customer_id"]].append(row)
    return [
        {
            "customer_id": customer_id,
            "score": given[-1]["score"],
            "nps_group": nps_group(given[-1]["score"]),
            "responded_at": given[-1]["responded_at"].instant,
            "responses": len(given),
        }
        for customer_id, given in sorted(answers.items())
    ]


# ---------------------------------------------------------------- metrics


def customer_flow(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.customer_flow: one row a period."""
    churn_after = variables.churn_after_days
    days_of = {
        customer_id: order_days(orders)
        for customer_id, orders in by_customer(counted_orders(staged, as_of)).items()
    }
    spells_of = {customer_id: spells(days, churn_after) for customer_id, days in days_of.items()}
    first_day = min((days[0] for days in days_of.values()), default=None)
    rows = []
    starts = event_days(staged, "orders", "ordered_at")
    for period in mart_periods(starts, as_of, variables):
        eve, last = period.start - ONE_DAY, min(period.end, as_of)
        at_start = {c for c, days in days_of.items() if is_active(days, eve, churn_after)}
        at_end = {c for c, days in days_of.items() if is_active(days, last, churn_after)}
        new = reactivated = churned = 0
        for own in spells_of.values():
            for spell in own:
                if period.start <= spell.days[0] <= last:
                    new += spell.number == 1
                    reactivated += spell.number >= 2
                ended = churned_on(spell, as_of, churn_after)
                churned += ended is not None and period.start <= ended <= last
        start, end, lost = len(at_start), len(at_end), len(at_start - at_end)
        churn_rate = ratio(lost, start)
        rows.append(
            period_columns(period, as_of)
            | {
                "customers_start": start,
                "new_customers": new,
                "reactivated_customers": reactivated,
                "churned_customers": churned,
                "customers_end": end,
                "lost_customers": lost,
                "churn_rate": churn_rate,
                "retention_rate": None if churn_rate is None else 1 - churn_rate,
                "net_customer_loss_rate": ratio(start - end, start),
                "leaky_bucket_ratio": ratio(churned, new),
                "is_burn_in": first_day is None
                or period.start < first_day + timedelta(days=churn_after),
            }
        )
    return rows


def retention_cohorts(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.retention_cohorts: one row a calendar, cohort month and month number."""
    orders_of = by_customer(counted_orders(staged, as_of))
    rows = []
    for calendar in variables.calendars:
        members: dict[date, list[str]] = defaultdict(list)
        cells: dict[tuple[date, int], list[Order]] = defaultdict(list)
        for customer_id, orders in orders_of.items():
            first = order_days(orders)[0]
            cohort = first_of_month(calendar, *year_and_month(calendar, first))
            members[cohort].append(customer_id)
            for order in orders:
                number = month_index(calendar, order.day) - month_index(calendar, first)
                cells[cohort, number].append(order)
        for cohort, customers in sorted(members.items()):
            cumulative = ZERO
            for number, month in enumerate(periods(calendar, "month", cohort, as_of)):
                orders = cells[cohort, number]
                active = len({order.customer_id for order in orders})
                net_revenue = sum_of(order.net_revenue for order in orders)
                cumulative += net_revenue
                rows.append(
                    {
                        "calendar": calendar,
                        "cohort_month": cohort,
                        "month_number": number,
                        "cohort_customers": len(customers),
                        "active_customers": active,
                        "orders": len(orders),
                        "net_revenue": net_revenue,
                        "cumulative_net_revenue": cumulative,
                        "retention_rate": ratio(active, len(customers)),
                        "cumulative_revenue_per_customer": ratio(cumulative, len(customers)),
                        "is_complete": month.end <= as_of,
                    }
                )
    return rows


def repeat_purchase(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.repeat_purchase: one row a period."""
    days_of = {
        customer_id: order_days(orders)
        for customer_id, orders in by_customer(counted_orders(staged, as_of)).items()
    }
    rows = []
    starts = event_days(staged, "orders", "ordered_at")
    for period in mart_periods(starts, as_of, variables):
        buyers = repeat = returning = cumulative = cumulative_repeat = 0
        for days in days_of.values():
            before = sum(day < period.start for day in days)
            inside = sum(period.start <= day <= period.end for day in days)
            buyers += inside >= 1
            repeat += inside >= 2
            returning += inside >= 1 and before >= 1
            cumulative += before + inside >= 1
            cumulative_repeat += before + inside >= 2
        rows.append(
            period_columns(period, as_of)
            | {
                "buyers": buyers,
                "repeat_buyers": repeat,
                "returning_buyers": returning,
                "repeat_rate": ratio(repeat, buyers),
                "returning_rate": ratio(returning, buyers),
                "cumulative_buyers": cumulative,
                "cumulative_repeat_buyers": cumulative_repeat,
                "cumulative_repeat_rate": ratio(cumulative_repeat, cumulative),
            }
        )
    return rows


def early_repeat(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.early_repeat: one row a calendar, cohort month and horizon in days."""
    days_of = {
        customer_id: order_days(orders)
        for customer_id, orders in by_customer(counted_orders(staged, as_of)).items()
    }
    rows = []
    for calendar in variables.calendars:
        cohorts: dict[date, list[tuple[date, ...]]] = defaultdict(list)
        for days in days_of.values():
            cohorts[first_of_month(calendar, *year_and_month(calendar, days[0]))].append(days)
        for cohort, members in sorted(cohorts.items()):
            for horizon in variables.horizons:
                reach = timedelta(days=horizon)
                eligible = [days for days in members if days[0] + reach <= as_of]
                repeated = [
                    days for days in eligible if len(days) >= 2 and days[1] <= days[0] + reach
                ]
                rows.append(
                    {
                        "calendar": calendar,
                        "cohort_month": cohort,
                        "horizon_days": horizon,
                        "cohort_customers": len(members),
                        "eligible_customers": len(eligible),
                        "repeated_customers": len(repeated),
                        "early_repeat_rate": ratio(len(repeated), len(eligible)),
                    }
                )
    return rows


def nps_figures(scores: Sequence[Decimal]) -> Row:
    """Counts, nps, its standard error and 95 % interval; None for the last four without scores."""
    groups = [nps_group(score) for score in scores]
    n = len(groups)
    counts = {
        "responses": n,
        "promoters": groups.count("promoter"),
        "passives": groups.count("passive"),
        "detractors": groups.count("detractor"),
    }
    if not n:
        return counts | {"nps": None, "standard_error": None, "ci_low": None, "ci_high": None}
    p, d = Fraction(counts["promoters"], n), Fraction(counts["detractors"], n)
    nps = 100 * (p - d)
    error = 100 * math.sqrt((p + d - (p - d) ** 2) / n)
    return counts | {
        "nps": nps,
        "standard_error": error,
        "ci_low": max(-100.0, float(nps) - Z_95 * error),
        "ci_high": min(100.0, float(nps) + Z_95 * error),
    }


def nps(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.nps: one row a period and segment. A segment that occurs in one period of either
    calendar and any grain has a row in all of them; `all` always has one."""
    profiles = {row["customer_id"]: row for row in staged["customers"]}
    answers = nps_responses(staged)
    scores: dict[Period, dict[tuple[str, str], list[Decimal]]] = {}
    starts = event_days(staged, "surveys", "responded_at")
    states: dict[date, dict[str, Row]] = {}
    for period in mart_periods(starts, as_of, variables):
        last = min(period.end, as_of)
        inside = [row for row in answers if period.start <= row["responded_at"].day <= last]
        # Oldest first, so that a customer's latest answer stays.
        latest = {(row["customer_id"] or ("anonymous", row["response_id"])): row for row in inside}
        if last not in states:
            states[last] = rfm_state(staged, last, variables)
        scores[period] = defaultdict(list)
        for row in latest.values():
            for segment in nps_segments(row["customer_id"], profiles, states[last]):
                scores[period][segment].append(row["score"])
    occurring = {segment for by_segment in scores.values() for segment in by_segment}
    return [
        period_columns(period, as_of)
        | {"segment_type": segment_type, "segment": segment}
        | nps_figures(by_segment.get((segment_type, segment), []))
        for period, by_segment in scores.items()
        for segment_type, segment in sorted(occurring | {("all", "all")})
    ]


def nps_segments(
    customer_id: str | None, profiles: Mapping[str, TypedRow], state: Mapping[str, Row]
) -> list[tuple[str, str]]:
    """The four (segment_type, segment) pairs in which an answer counts."""
    profile = profiles.get(customer_id, {}) if customer_id else {}
    rfm = state.get(customer_id, {}) if customer_id else {}
    return [
        ("all", "all"),
        ("rfm_segment", rfm.get("segment") or UNKNOWN),
        ("acquisition_channel", profile.get("acquisition_channel") or UNKNOWN),
        ("country", profile.get("country") or UNKNOWN),
    ]


def revenue(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.revenue: one row a period."""
    every_order = counted_orders(staged, as_of)
    starts = (
        event_days(staged, "orders", "ordered_at")
        + event_days(staged, "refunds", "refunded_at")
        + event_days(staged, "sessions", "started_at")
    )
    rows = []
    for period in mart_periods(starts, as_of, variables):
        orders = [order for order in every_order if period.start <= order.day <= period.end]
        of_customers = by_customer(orders)
        visitors = {
            row["customer_id"]
            for row in staged["sessions"]
            if row["customer_id"] is not None
            and period.start <= row["started_at"].day <= period.end
        }
        gross = sum_of(order.amount + order.discount for order in orders)
        net = sum_of(order.net_revenue for order in orders)
        buyers, active = len(of_customers), len(visitors | set(of_customers))
        nets = sorted(
            (sum_of(order.net_revenue for order in own) for own in of_customers.values()),
            reverse=True,
        )
        top = math.ceil(Fraction(buyers, 5))
        rows.append(
            period_columns(period, as_of)
            | {
                "orders": len(orders),
                "buyers": buyers,
                "gross_revenue": gross,
                "net_revenue": net,
                "discount_share": ratio(sum_of(order.discount for order in orders), gross),
                "average_order_value": ratio(sum_of(order.amount for order in orders), len(orders)),
                "orders_per_buyer": ratio(sum(map(len, of_customers.values())), buyers),
                "active_users": active,
                "revenue_per_active_user": ratio(net, active),
                "top_20_percent_revenue_share": ratio(sum_of(nets[:top]), sum_of(nets)),
            }
        )
    return rows


def rfm_segments(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.rfm_segments: one row a calendar, month end and segment that ever occurs."""
    states = _states_at_month_ends(staged, as_of, variables)
    occurring = {row["segment"] for state in states.values() for row in state.values()}
    rows = []
    for (calendar, month_end), state in states.items():
        for segment in sorted(occurring):
            inside = [row for row in state.values() if row["segment"] == segment]
            rows.append(
                {
                    "calendar": calendar,
                    "month_end": month_end,
                    "segment": segment,
                    "customers": len(inside),
                    "net_revenue": sum_of(row["monetary"] for row in inside),
                    "share": ratio(len(inside), len(state)),
                }
            )
    return rows


def rfm_migration(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.rfm_migration: one row a calendar, month end and pair of segments that ever occurs:
    from the month end before (none before the first order) to this one."""
    moves: dict[tuple[str, date], list[tuple[str, str]]] = {}
    before: dict[str, dict[str, Row]] = {}
    for (calendar, month_end), state in _states_at_month_ends(staged, as_of, variables).items():
        earlier = before.get(calendar, {})
        moves[calendar, month_end] = [
            (earlier[customer]["segment"] if customer in earlier else "none", row["segment"])
            for customer, row in state.items()
        ]
        before[calendar] = state
    occurring = {pair for pairs in moves.values() for pair in pairs}
    return [
        {
            "calendar": calendar,
            "month_end": month_end,
            "from_segment": pair[0],
            "to_segment": pair[1],
            "customers": pairs.count(pair),
        }
        for (calendar, month_end), pairs in moves.items()
        for pair in sorted(occurring)
    ]


def _states_at_month_ends(
    staged: Staged, as_of: date, variables: Vars
) -> dict[tuple[str, date], dict[str, Row]]:
    """The rfm state at each month end of each calendar, oldest first within a calendar."""
    return {
        (calendar, month_end): rfm_state(staged, month_end, variables)
        for calendar in variables.calendars
        for month_end in month_ends(staged, calendar, as_of)
    }


MARTS: dict[str, Callable[[Staged, date, Vars], list[Row]]] = {
    "customers.customers": customers_customers,
    "customers.lifecycle": customers_lifecycle,
    "customers.rfm": customers_rfm,
    "customers.nps": lambda staged, _as_of, _variables: customers_nps(staged),
    "metrics.customer_flow": customer_flow,
    "metrics.retention_cohorts": retention_cohorts,
    "metrics.repeat_purchase": repeat_purchase,
    "metrics.early_repeat": early_repeat,
    "metrics.nps": nps,
    "metrics.revenue": revenue,
    "metrics.rfm_segments": rfm_segments,
    "metrics.rfm_migration": rfm_migration,
}
"""Every mart that the reference knows, by relation name."""
