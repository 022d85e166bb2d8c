"""Marts of recurring revenue, services, loyalty and repeat in plain Python, one function a mart.

Input, output and conventions as in `metrics.py`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .calendars import ONE_DAY, Period
from .metrics import (
    UNKNOWN,
    Row,
    Vars,
    by_customer,
    churned_on,
    counted_orders,
    customer_ids,
    event_days,
    is_active,
    mart_periods,
    median_gap,
    nps_group,
    nps_responses,
    order_days,
    period_columns,
    ratio,
    rfm_state,
    spells,
    sum_of,
)
from .raw_rules import Staged, TypedRow

CHURN_WINDOWS = (30, 60, 90, 120, 180)
RHYTHMS = ((10, "weekly"), (21, "fortnightly"), (45, "monthly"), (135, "quarterly"))
"""The longest median gap in days of each rhythm; a longer one is `seldom`."""
RETURN_HORIZONS = (7, 14, 30, 60, 90, 180, 365)
FIRST_ORDER_HORIZONS = (30, 60, 90, 365)
LAST_ORDER_NUMBER = 10
NPS_FOLLOW_UP_DAYS = 90
REPEAT_WITHIN_DAYS = 90


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def days_of_customers(staged: Staged, as_of: date) -> dict[str, tuple[date, ...]]:
    """The order days of each customer with a counted order."""
    orders = by_customer(counted_orders(staged, as_of))
    return {customer: order_days(own) for customer, own in orders.items()}


# ---------------------------------------------------------------- recurring revenue


def mrr_on(subscriptions: Iterable[TypedRow], evening: date) -> Decimal:
    """The sum of the subscriptions that run in the evening of a day."""
    return sum_of(
        row["mrr"]
        for row in subscriptions
        if row["valid_from"].day <= evening
        and (row["valid_to"] is None or row["valid_to"].day > evening)
    )


def revenue_churn(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.revenue_churn: one row a period."""
    own: dict[str, list[TypedRow]] = defaultdict(list)
    for row in staged["subscriptions"]:
        own[row["customer_id"]].append(row)
    rows = []
    starts = event_days(staged, "subscriptions", "valid_from")
    for period in mart_periods(starts, as_of, variables):
        eve, last = period.start - ONE_DAY, min(period.end, as_of)
        moved: dict[str, list[Decimal]] = defaultdict(list)
        opening = closing = Decimal(0)
        opening_subscribers = closing_subscribers = 0
        for subscriptions in own.values():
            before, after = mrr_on(subscriptions, eve), mrr_on(subscriptions, last)
            opening, closing = opening + before, closing + after
            opening_subscribers += before > 0
            closing_subscribers += after > 0
            # MRR can only rise above 0 on a day on which a subscription begins.
            begun = [row["valid_from"].day for row in subscriptions]
            once = any(day <= eve and mrr_on(subscriptions, day) > 0 for day in begun)
            if before == 0 and after > 0:
                moved["reactivation" if once else "new"].append(after)
            elif before > 0 and after == 0:
                moved["churned"].append(before)
            elif after > before:
                moved["expansion"].append(after - before)
            elif after < before:
                moved["contraction"].append(before - after)
        total = {name: sum_of(moved[name]) for name in MOVEMENTS}
        lost = total["contraction"] + total["churned"]
        rows.append(
            period_columns(period, as_of)
            | {f"{name}_mrr": total[name] for name in MOVEMENTS}
            | {f"{word}_subscribers": len(moved[name]) for name, word in MOVEMENTS.items()}
            | {
                "opening_mrr": opening,
                "closing_mrr": closing,
                "opening_subscribers": opening_subscribers,
                "closing_subscribers": closing_subscribers,
                "gross_revenue_churn_rate": ratio(lost, opening),
                "net_revenue_churn_rate": ratio(lost - total["expansion"], opening),
                "subscriber_churn_rate": ratio(len(moved["churned"]), opening_subscribers),
            }
        )
    return rows


MOVEMENTS = {
    "new": "new",
    "reactivation": "reactivated",
    "expansion": "expanded",
    "contraction": "contracted",
    "churned": "churned",
}
"""The movements of MRR, and what the subscribers who make them are called."""


# ---------------------------------------------------------------- churn windows


def purchase_rhythm(own: Sequence[date]) -> str:
    """How often a customer with these order days buys, by the median of the gaps."""
    gap = median_gap(own)
    if gap is None:
        return "once"
    return next((name for longest, name in RHYTHMS if gap <= longest), "seldom")


def churn_sensitivity(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.churn_sensitivity: one row a period, purchase rhythm (and `all`) and window."""
    own_days = days_of_customers(staged, as_of)
    first_day = min((own[0] for own in own_days.values()), default=None)
    groups: dict[str, list[tuple[date, ...]]] = {"all": list(own_days.values())}
    for own in own_days.values():
        groups.setdefault(purchase_rhythm(own), []).append(own)
    rows = []
    starts = event_days(staged, "orders", "ordered_at")
    for period in mart_periods(starts, as_of, variables):
        eve, last = period.start - ONE_DAY, min(period.end, as_of)
        for rhythm, members in groups.items():
            for window in CHURN_WINDOWS:
                active = [own for own in members if is_active(own, eve, window)]
                lost = sum(not is_active(own, last, window) for own in active)
                rows.append(
                    period_columns(period, as_of)
                    | {
                        "purchase_rhythm": rhythm,
                        "churn_window_days": window,
                        "is_window_burn_in": first_day is None
                        or period.start < first_day + days(window),
                        "customers_start": len(active),
                        "lost_customers": lost,
                        "churn_rate": ratio(lost, len(active)),
                    }
                )
    return rows


# ---------------------------------------------------------------- services


def service_uses(staged: Staged, as_of: date) -> dict[str, list[tuple[date, str]]]:
    """(day, service) of each customer's counted orders that name a service, oldest first, of
    those at one moment the first by name."""
    counted = {order.order_id for order in counted_orders(staged, as_of)}
    rows = [
        row
        for row in staged["orders"]
        if row["order_id"] in counted and row["customer_id"] and row["service"]
    ]
    uses: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["ordered_at"].instant, row["service"])):
        uses[row["customer_id"]].append((row["ordered_at"].day, row["service"]))
    return uses


def first_uses(own: Iterable[tuple[date, str]]) -> list[tuple[date, str]]:
    """The first use of each service, in order."""
    seen: dict[str, date] = {}
    for day, service in own:
        seen.setdefault(service, day)
    return [(day, service) for service, day in seen.items()]


def service_adoption(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.service_adoption: one row a period."""
    uses = service_uses(staged, as_of)
    rows = []
    starts = event_days(staged, "orders", "ordered_at")
    for period in mart_periods(starts, as_of, variables):
        counts, ever_counts, first, second = [], [], 0, 0
        for own in uses.values():
            counts.append(len({name for day, name in own if period.start <= day <= period.end}))
            ever_counts.append(len({name for day, name in own if day <= period.end}))
            firsts = [day for day, _ in first_uses(own)]
            first += period.start <= firsts[0] <= period.end
            second += len(firsts) > 1 and period.start <= firsts[1] <= period.end
        users, several = sum(n >= 1 for n in counts), sum(n >= 2 for n in counts)
        ever, ever_several = sum(n >= 1 for n in ever_counts), sum(n >= 2 for n in ever_counts)
        rows.append(
            period_columns(period, as_of)
            | {
                "service_customers": users,
                "one_service_customers": counts.count(1),
                "two_service_customers": counts.count(2),
                "three_or_more_service_customers": sum(n >= 3 for n in counts),
                "multi_service_customers": several,
                "multi_service_share": ratio(several, users),
                "services_per_customer": ratio(sum(counts), users),
                "first_service_customers": first,
                "second_service_customers": second,
                "cumulative_service_customers": ever,
                "cumulative_multi_service_customers": ever_several,
                "cumulative_multi_service_share": ratio(ever_several, ever),
            }
        )
    return rows


def service_transitions(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.service_transitions: one row a period and pair of services that ever occurs."""
    paths = [first_uses(own) for own in service_uses(staged, as_of).values()]
    pairs = {(path[0][1], path[1][1]) for path in paths if len(path) > 1}
    rows = []
    starts = event_days(staged, "orders", "ordered_at")
    for period in mart_periods(starts, as_of, variables):
        for first, following in sorted(pairs):
            started = [path[0][0] for path in paths if path[0][1] == first]
            moved = [
                path[1][0]
                for path in paths
                if len(path) > 1 and (path[0][1], path[1][1]) == (first, following)
            ]
            started_so_far, moved_so_far = (
                sum(day <= period.end for day in found) for found in (started, moved)
            )
            rows.append(
                period_columns(period, as_of)
                | {
                    "first_service": first,
                    "next_service": following,
                    "started_customers": _inside(started, period),
                    "moved_customers": _inside(moved, period),
                    "cumulative_started_customers": started_so_far,
                    "cumulative_moved_customers": moved_so_far,
                    "moved_share": ratio(moved_so_far, started_so_far),
                }
            )
    return rows


def _inside(found: Iterable[date], period: Period) -> int:
    """How many of the days lie in the period."""
    return sum(period.start <= day <= period.end for day in found)


# ---------------------------------------------------------------- after an answer


def nps_follow_up(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.nps_follow_up: one row a segment (all, or a reason) and group of answers."""
    window = variables.churn_after_days
    own_days = days_of_customers(staged, as_of)
    found: dict[tuple[str, str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for answer in nps_responses(staged):
        own, day = own_days.get(answer["customer_id"], ()), answer["responded_at"].day
        if not is_active(own, day, window):
            continue
        running = next(spell for spell in reversed(spells(own, window)) if spell.days[0] <= day)
        end = churned_on(running, as_of, window)
        until = day + days(NPS_FOLLOW_UP_DAYS)
        outcome = (until <= as_of, end is not None and end <= until)
        reason: str = answer["reason"] or UNKNOWN
        for group in ("all", nps_group(answer["score"])):
            found["all", "all", group].append(outcome)
            found["reason", reason, group].append(outcome)
    rates = {
        key: ratio(sum(e and c for e, c in outcomes), sum(e for e, _ in outcomes))
        for key, outcomes in found.items()
    }
    rows = []
    for (segment_type, segment, group), outcomes in sorted(found.items()):
        rate = rates[segment_type, segment, group]
        promoters = rates.get((segment_type, segment, "promoter"))
        rows.append(
            {
                "segment_type": segment_type,
                "segment": segment,
                "answer_group": group,
                "answers": len(outcomes),
                "eligible_answers": sum(eligible for eligible, _ in outcomes),
                "churned_answers": sum(eligible and churned for eligible, churned in outcomes),
                "follow_up_churn_rate": rate,
                "churn_ratio_to_promoters": None
                if rate is None or not promoters
                else rate / promoters,
            }
        )
    return rows


# ---------------------------------------------------------------- the next order


def waits_after(own: Sequence[date]) -> list[tuple[int, date, int | None]]:
    """(order number, day, days to the next order day or None) of each order day."""
    following = [*own[1:], None]
    return [
        (min(number, LAST_ORDER_NUMBER), day, (later - day).days if later else None)
        for number, (day, later) in enumerate(zip(own, following, strict=True), start=1)
    ]


def day_by_which(share: Fraction, waits: Sequence[int]) -> int | None:
    """The shortest wait that at least that share of the waits do not exceed; None for none."""
    return sorted(waits)[math.ceil(share * len(waits)) - 1] if waits else None


def returns_within(
    horizon: int, waits: Iterable[tuple[date, int | None]], as_of: date
) -> tuple[int, list[int]]:
    """How many order days were watched for the whole horizon, and the waits of those that were
    followed by another within it."""
    eligible = [wait for day, wait in waits if day + days(horizon) <= as_of]
    return len(eligible), [wait for wait in eligible if wait is not None and wait <= horizon]


def next_order_timing(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.next_order_timing: one row a segment, order number and horizon."""
    profiles = {row["customer_id"]: row for row in staged["customers"]}
    states = rfm_state(staged, as_of, variables)
    found: dict[tuple[str, str, int], list[tuple[date, int | None]]] = defaultdict(list)
    for customer_id, own in days_of_customers(staged, as_of).items():
        profile = profiles.get(customer_id, {})
        segments: dict[str, str] = {
            "all": "all",
            "rfm_segment": states[customer_id]["segment"],
            "acquisition_channel": profile.get("acquisition_channel") or UNKNOWN,
            "country": profile.get("country") or UNKNOWN,
        }
        for number, day, wait in waits_after(own):
            for segment_type, segment in segments.items():
                found[segment_type, segment, number].append((day, wait))
    rows = []
    for (segment_type, segment, number), waits in sorted(found.items()):
        for horizon in RETURN_HORIZONS:
            eligible, returned = returns_within(horizon, waits, as_of)
            rows.append(
                {
                    "segment_type": segment_type,
                    "segment": segment,
                    "order_number": number,
                    "horizon_days": horizon,
                    "eligible_order_days": eligible,
                    "returned_order_days": len(returned),
                    "return_rate": ratio(len(returned), eligible),
                    "median_days_to_next_order": day_by_which(Fraction(1, 2), returned),
                    "days_until_80_percent_back": day_by_which(Fraction(4, 5), returned),
                }
            )
    return rows


def expected_orders(staged: Staged, as_of: date) -> list[Row]:
    """customers.customers, only when the next order is expected: one row a customer id."""
    own_days = days_of_customers(staged, as_of)
    waits: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for own in own_days.values():
        for number, day, wait in waits_after(own):
            waits[number].append((day, wait))
    rows = []
    for customer_id in customer_ids(staged):
        own = own_days.get(customer_id, ())
        gap: int | None = None
        own_gap = median_gap(own)
        if len(own) >= 3 and own_gap is not None:
            gap = math.ceil(own_gap)
        elif own:
            for horizon in RETURN_HORIZONS:
                _, returned = returns_within(horizon, waits[len(own)], as_of)
                gap = day_by_which(Fraction(1, 2), returned) or gap
        expected = None if gap is None else own[-1] + days(gap)
        rows.append(
            {
                "customer_id": customer_id,
                "expected_next_order_date": expected,
                "days_overdue": None if expected is None else max((as_of - expected).days, 0),
            }
        )
    return rows


# ---------------------------------------------------------------- discounts and first orders


def is_discounted(order: Mapping[str, object]) -> bool:
    """A discount above zero, or a coupon."""
    discount = order["discount_amount"]
    return bool(discount) or order["coupon_code"] is not None


def discount_sensitivity(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.discount_sensitivity: one row a segment."""
    profiles = {row["customer_id"]: row for row in staged["customers"]}
    states = rfm_state(staged, as_of, variables)
    own_days = days_of_customers(staged, as_of)
    found: dict[tuple[str, str], list[TypedRow]] = defaultdict(list)
    for order in staged["orders"]:
        if not order["counted"]:
            continue
        customer_id = order["customer_id"]
        channel = profiles.get(customer_id, {}).get("acquisition_channel")
        segment = states.get(customer_id, {}).get("segment")
        found["all", "all"].append(order)
        found["rfm_segment", segment or UNKNOWN].append(order)
        found["acquisition_channel", channel or UNKNOWN].append(order)
        found["sales_channel", order["sales_channel"] or UNKNOWN].append(order)
    rows = []
    for (segment_type, segment), orders in sorted(found.items()):
        discounted = [order for order in orders if is_discounted(order)]
        discount = sum_of(order["discount_amount"] or Decimal(0) for order in orders)
        gross = sum_of(order["amount"] for order in orders) + discount
        repeats: Row = {}
        for name in ("full_price", "discounted"):
            outcomes = [
                _is_repeated(order, own_days)
                for order in orders
                if order["customer_id"] is not None
                and is_discounted(order) == (name == "discounted")
                and order["ordered_at"].day + days(REPEAT_WITHIN_DAYS) <= as_of
            ]
            repeats |= {
                f"eligible_{name}_orders": len(outcomes),
                f"repeated_{name}_orders": sum(outcomes),
                f"{name}_repeat_rate": ratio(sum(outcomes), len(outcomes)),
            }
        at_discount, at_full = repeats["discounted_repeat_rate"], repeats["full_price_repeat_rate"]
        rows.append(
            {
                "segment_type": segment_type,
                "segment": segment,
                "orders": len(orders),
                "discounted_orders": len(discounted),
                "coupon_orders": sum(order["coupon_code"] is not None for order in orders),
                "discounted_order_share": ratio(len(discounted), len(orders)),
                "gross_revenue": gross,
                "discount_amount": discount,
                "discount_share": ratio(discount, gross),
                "repeat_rate_difference": None
                if at_discount is None or at_full is None
                else at_discount - at_full,
            }
            | repeats
        )
    return rows


def _is_repeated(order: TypedRow, own_days: Mapping[str, Sequence[date]]) -> bool:
    """Whether the order's customer has a later order day soon enough."""
    day = order["ordered_at"].day
    return any(
        day < later <= day + days(REPEAT_WITHIN_DAYS) for later in own_days[order["customer_id"]]
    )


def main_category(items: Iterable[TypedRow]) -> str | None:
    """The category with the largest value among the lines of an order, of equal ones the first by
    name; a quantity that is not given is one. None without a category."""
    values: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        if item["category"] is not None:
            quantity = Decimal(1) if item["quantity"] is None else item["quantity"]
            values[item["category"]] += quantity * (item["unit_price"] or Decimal(0))
    return min(values, key=lambda name: (-values[name], name), default=None)


def first_order_quality(staged: Staged, as_of: date) -> list[Row]:
    """metrics.first_order_quality: one row a segment and horizon."""
    items: dict[str, list[TypedRow]] = defaultdict(list)
    for item in staged["order_items"]:
        items[item["order_id"]].append(item)
    first_orders: dict[str, TypedRow] = {}
    for order in sorted(
        (row for row in staged["orders"] if row["counted"] and row["customer_id"]),
        key=lambda row: (row["ordered_at"].instant, row["order_id"]),
    ):
        first_orders.setdefault(order["customer_id"], order)
    own_days = days_of_customers(staged, as_of)
    found: dict[tuple[str, str], list[tuple[date, ...]]] = defaultdict(list)
    for customer_id, order in first_orders.items():
        own = own_days[customer_id]
        found["all", "all"].append(own)
        found["category", main_category(items[order["order_id"]]) or UNKNOWN].append(own)
        found["service", order["service"] or UNKNOWN].append(own)
        found["sales_channel", order["sales_channel"] or UNKNOWN].append(own)
        found["discount", "discounted" if is_discounted(order) else "full_price"].append(own)
    rows = []
    for (segment_type, segment), members in sorted(found.items()):
        for horizon in FIRST_ORDER_HORIZONS:
            reach = days(horizon)
            eligible = [own for own in members if own[0] + reach <= as_of]
            repeated = sum(len(own) > 1 and own[1] <= own[0] + reach for own in eligible)
            rows.append(
                {
                    "segment_type": segment_type,
                    "segment": segment,
                    "horizon_days": horizon,
                    "first_order_customers": len(members),
                    "eligible_customers": len(eligible),
                    "repeated_customers": repeated,
                    "early_repeat_rate": ratio(repeated, len(eligible)),
                }
            )
    return rows


MARTS: dict[str, Callable[[Staged, date, Vars], list[Row]]] = {
    "customers.customers": lambda staged, as_of, _variables: expected_orders(staged, as_of),
    "metrics.revenue_churn": revenue_churn,
    "metrics.churn_sensitivity": churn_sensitivity,
    "metrics.service_adoption": service_adoption,
    "metrics.service_transitions": service_transitions,
    "metrics.nps_follow_up": nps_follow_up,
    "metrics.next_order_timing": next_order_timing,
    "metrics.discount_sensitivity": discount_sensitivity,
    "metrics.first_order_quality": lambda staged, as_of, _variables: first_order_quality(
        staged, as_of
    ),
}
"""Every mart of this group, by relation name; customers.customers only in its own columns."""
