"""The dictionary's marts of customer value, acquisition and referral in plain Python.

As in `metrics`: staged rows, the last day that counts and the variables in, the mart's rows out;
only the columns that these marts add.
"""

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from .calendars import ONE_DAY, Period, first_of_month, month_index, periods, year_and_month
from .metrics import (
    UNKNOWN,
    ZERO,
    Order,
    Row,
    Vars,
    by_customer,
    counted_orders,
    customer_flow,
    customer_ids,
    event_days,
    half_up,
    is_active,
    mart_periods,
    order_days,
    period_columns,
    ratio,
    spells,
    sum_of,
)
from .raw_rules import Staged, TypedRow

ACTIVATION_DAYS = 60
SEARCH_DAYS = 30
LONGEST_LIFE_YEARS = 10
LARGEST_LINE = Decimal(10) ** 14 - 1
CHANNELS_SEED = Path(__file__).parents[2] / "seeds/lookups/lookup_channels.csv"


@dataclass(frozen=True)
class Customer:
    """A customer with an order. `value_of` of an order is margin where the cost of each of his
    orders is known, else net revenue."""

    customer_id: str
    orders: tuple[Order, ...]
    acquisition_channel: str
    is_referred: bool

    @property
    def days(self) -> tuple[date, ...]:
        """His order days, oldest first."""
        return order_days(self.orders)

    @property
    def is_margin_known(self) -> bool:
        """Whether the cost of every order is known."""
        return all(order.margin is not None for order in self.orders)

    def value_of(self, order: Order) -> Decimal:
        """What an order brought, on the customer's basis."""
        if self.is_margin_known and order.margin is not None:
            return order.margin
        return order.net_revenue

    @property
    def historic_value(self) -> Decimal:
        """What all his orders brought."""
        return sum_of(self.value_of(order) for order in self.orders)

    @property
    def first_day_margin(self) -> Decimal | None:
        """Margin of the first order day; None where a cost of that day is unknown."""
        margins = [order.margin for order in self.orders if order.day == self.days[0]]
        known = [margin for margin in margins if margin is not None]
        return sum_of(known) if len(known) == len(margins) else None


def profiles_of(staged: Staged) -> dict[str, TypedRow]:
    """The profile of each customer that has one."""
    return {row["customer_id"]: row for row in staged["customers"]}


def referrer_of(profile: Mapping[str, Any]) -> str | None:
    """Who referred a customer; nobody refers himself."""
    referrer = profile.get("referred_by_customer_id")
    return None if referrer == profile.get("customer_id") else referrer


def customers_with_orders(staged: Staged, as_of: date) -> list[Customer]:
    """Every customer with a counted order."""
    profiles = profiles_of(staged)
    return [
        Customer(
            customer_id,
            tuple(orders),
            profiles.get(customer_id, {}).get("acquisition_channel") or UNKNOWN,
            referrer_of(profiles.get(customer_id, {})) is not None,
        )
        for customer_id, orders in by_customer(counted_orders(staged, as_of)).items()
    ]


@cache
def shipped_channels() -> dict[tuple[str, str], str]:
    """The shipped lookup: (source field, value) to channel."""
    with CHANNELS_SEED.open(encoding="utf-8", newline="") as file:
        return {(row["source_field"], row["value"]): row["channel"] for row in csv.DictReader(file)}


def channel_of(source_field: str, value: str) -> str:
    """The channel of a raw value; the value itself where the lookup has none."""
    return shipped_channels().get((source_field, value.lower()), value)


def signed_half_up(value: Fraction) -> Decimal:
    """Four decimals, half away from zero."""
    return half_up(value) if value >= 0 else -half_up(-value)


def per_customer(total: Decimal, customers: int) -> Decimal | None:
    """Money a customer with four decimals; None without customers."""
    return signed_half_up(Fraction(total) / customers) if customers else None


# ---------------------------------------------------------------- customers


def order_categories(staged: Staged, orders: Iterable[Order]) -> dict[str, dict[str, Decimal]]:
    """order id → category → its part of the order's net revenue. Parts are differences of the
    rounded running share, categories by name, so that they add up to the order."""
    counted = {order.order_id: order for order in orders}
    lines: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for row in staged["order_items"]:
        if row["order_id"] in counted:
            quantity = Decimal(1) if row["quantity"] is None else row["quantity"]
            price, discount = row["unit_price"] or ZERO, row["discount_amount"] or ZERO
            worth = max(ZERO, min(quantity * price - discount, LARGEST_LINE))
            lines[row["order_id"]].append((row["category"] or UNKNOWN, half_up(Fraction(worth))))
    parts: dict[str, dict[str, Decimal]] = {}
    for order_id, found in lines.items():
        is_free = not sum_of(worth for _, worth in found)
        own = [(category, Decimal(1) if is_free else worth) for category, worth in found]
        whole = Fraction(sum_of(worth for _, worth in own))
        net = Fraction(counted[order_id].net_revenue)
        parts[order_id], running, given = {}, Fraction(0), ZERO
        for category in sorted({category for category, _ in own}):
            running += Fraction(sum_of(worth for name, worth in own if name == category))
            until = signed_half_up(net * running / whole)
            parts[order_id][category] = until - given
            given = until
    return parts


def category_affinity(staged: Staged, as_of: date, _variables: Vars) -> list[Row]:
    """customers.category_affinity: one row a customer and category of his counted orders."""
    orders_of = by_customer(counted_orders(staged, as_of))
    rows = []
    for customer_id, orders in orders_of.items():
        parts = order_categories(staged, orders).values()
        categories = {category for part in parts for category in part}
        counts = {name: sum(name in part for part in parts) for name in categories}
        nets = {name: sum_of(part.get(name, ZERO) for part in parts) for name in categories}
        ranking = sorted(categories, key=lambda name: (-counts[name], -nets[name], name))
        rows += [
            {
                "customer_id": customer_id,
                "category": name,
                "rank": rank,
                "orders": counts[name],
                "net_revenue": nets[name],
                "share_of_orders": ratio(counts[name], len(parts)),
            }
            for rank, name in enumerate(ranking, start=1)
        ]
    return rows


def expected_lifetime_years(staged: Staged, as_of: date, variables: Vars) -> float | None:
    """1 / churn a year, at most 10. The chance to be lost in a month is pooled over the last 12
    complete Gregorian months outside the burn-in and compounded; None where nobody could leave."""
    months = [
        row
        for row in customer_flow(staged, as_of, variables)
        if (row["calendar"], row["period_grain"]) == ("gregorian", "month")
        and row["is_complete"]
        and not row["is_burn_in"]
    ]
    last = sorted(months, key=lambda row: row["period_start"])[-12:]
    monthly = ratio(
        sum(row["lost_customers"] for row in last), sum(row["customers_start"] for row in last)
    )
    if monthly is None:
        return None
    yearly = 1 - (1 - monthly) ** 12
    return float(min(Fraction(LONGEST_LIFE_YEARS), 1 / yearly)) if yearly else LONGEST_LIFE_YEARS


def clv(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """customers.clv: one row a customer with an order; historic and by formula."""
    lifetime = expected_lifetime_years(staged, as_of, variables)
    rows = []
    for customer in customers_with_orders(staged, as_of):
        net = sum_of(order.net_revenue for order in customer.orders)
        amount = sum_of(order.amount for order in customer.orders)
        average = half_up(Fraction(amount) / len(customer.orders))
        weeks = max(Fraction((as_of - customer.days[0]).days, 7), Fraction(52))
        yearly = len(customer.days) / weeks * 52
        share = Fraction(1)
        if customer.is_margin_known and net > 0:
            share = Fraction(customer.historic_value) / Fraction(net)
        rows.append(
            {
                "customer_id": customer.customer_id,
                "historic_value": customer.historic_value,
                "historic_basis": "margin" if customer.is_margin_known else "net_revenue",
                "average_order_value": average,
                "orders_per_year": yearly,
                "expected_lifetime_years": None if lifetime is None else float(lifetime),
                "margin_share": share,
                "formula_clv": None
                if lifetime is None
                else float(Fraction(average) * yearly * share) * lifetime,
            }
        )
    return rows


def buying_behaviours(staged: Staged, as_of: date) -> dict[str, str | None]:
    """customer id → Assael's type, for those with three order days or more."""
    session_days: dict[str, list[date]] = defaultdict(list)
    for row in staged["sessions"]:
        if row["customer_id"] is not None:
            session_days[row["customer_id"]].append(row["started_at"].day)
    every_order = counted_orders(staged, as_of)
    of_order = {
        order_id: set(parts) - {UNKNOWN}
        for order_id, parts in order_categories(staged, every_order).items()
    }
    sold = {category for categories in of_order.values() for category in categories}
    involvement: dict[str, float] = {}
    variety: dict[str, float] = {}
    for customer_id, orders in by_customer(every_order).items():
        days = order_days(orders)
        if len(days) < 3:
            continue
        involvement[customer_id] = median(
            sum(timedelta(1) <= day - seen <= timedelta(SEARCH_DAYS) for seen in own)
            for own in [session_days[customer_id]]
            for day in days
        )
        counts = Counter(name for o in orders for name in of_order.get(o.order_id, set()))
        if counts and len(sold) > 1:
            shares = [count / counts.total() for count in counts.values()]
            entropy = -sum(share * math.log(share) for share in shares)
            variety[customer_id] = round(entropy / math.log(len(sold)), 9)
    if not any(session_days.values()):
        return {}
    usual_search = median(involvement.values()) if involvement else 0
    usual_variety = median(variety.values()) if variety else 0
    names = {
        (True, True): "complex",
        (True, False): "dissonance_reducing",
        (False, True): "variety_seeking",
        (False, False): "habitual",
    }
    return {
        customer_id: names[involvement[customer_id] >= usual_search, value >= usual_variety]
        for customer_id, value in variety.items()
    }


def customers_customers(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """customers.customers: the columns of value and habit."""
    values = {row["customer_id"]: row for row in clv(staged, as_of, variables)}
    habits = buying_behaviours(staged, as_of)
    favourites: dict[str, str] = {}
    for row in category_affinity(staged, as_of, variables):
        if row["category"] != UNKNOWN:
            favourites.setdefault(row["customer_id"], row["category"])
    return [
        {
            "customer_id": customer_id,
            "historic_value": values.get(customer_id, {}).get("historic_value"),
            "formula_clv": values.get(customer_id, {}).get("formula_clv"),
            "favourite_category": favourites.get(customer_id),
            "buying_behaviour": habits.get(customer_id),
        }
        for customer_id in customer_ids(staged)
    ]


# ---------------------------------------------------------------- acquisition


@dataclass(frozen=True)
class SignUp:
    """A customer with a known sign-up day. `wait` = days to the first order day, if any."""

    day: date
    acquisition_channel: str
    referrer: str | None
    wait: int | None

    @property
    def is_member(self) -> bool:
        """No order before the sign-up day."""
        return self.wait is None or self.wait >= 0

    def is_eligible(self, as_of: date) -> bool:
        """A member whose time to be activated is over."""
        return self.is_member and self.day + timedelta(days=ACTIVATION_DAYS) <= as_of

    def is_activated(self, as_of: date) -> bool:
        """An eligible member who ordered in that time."""
        return self.is_eligible(as_of) and self.wait is not None and self.wait <= ACTIVATION_DAYS


def sign_ups(staged: Staged, as_of: date) -> list[SignUp]:
    """Every sign-up on a known day."""
    first = {c.customer_id: c.days[0] for c in customers_with_orders(staged, as_of)}
    return [
        SignUp(
            row["signed_up_at"].day,
            row["acquisition_channel"] or UNKNOWN,
            referrer_of(row),
            (first[row["customer_id"]] - row["signed_up_at"].day).days
            if row["customer_id"] in first
            else None,
        )
        for row in staged["customers"]
        if row["signed_up_at"] is not None
    ]


def activation(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.activation: one row a calendar, sign-up month and channel with a member."""
    rows = []
    for calendar in variables.calendars:
        groups: dict[tuple[date, str], list[SignUp]] = defaultdict(list)
        for sign_up in sign_ups(staged, as_of):
            if sign_up.is_member:
                month = first_of_month(calendar, *year_and_month(calendar, sign_up.day))
                groups[month, sign_up.acquisition_channel].append(sign_up)
        for (month, channel), members in sorted(groups.items()):
            eligible = [member for member in members if member.is_eligible(as_of)]
            activated = [member for member in eligible if member.is_activated(as_of)]
            waits = [member.wait for member in activated if member.wait is not None]
            rows.append(
                {
                    "calendar": calendar,
                    "signup_month": month,
                    "acquisition_channel": channel,
                    "members": len(members),
                    "eligible_members": len(eligible),
                    "activated_members": len(activated),
                    "activation_rate": ratio(len(activated), len(eligible)),
                    "median_days_to_first_order": Fraction(median(waits)) if waits else None,
                }
            )
    return rows


def spend(
    staged: Staged, objectives: Iterable[str | None], period: Period, channel: str | None = None
) -> Decimal:
    """What was spent in a period for these objectives, on one channel or on all."""
    return sum_of(
        row["amount"]
        for row in staged["marketing_spend"]
        if row["objective"] in objectives
        and period.start <= row["spend_date"].day <= period.end
        and channel in (None, channel_of("channel", row["channel"]))
    )


def acquisition(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.acquisition: one row a period and channel that ever occurs."""
    objectives = ("acquisition", None)
    customers = customers_with_orders(staged, as_of)
    channels = {
        c.customer_id: channel_of("acquisition_channel", c.acquisition_channel) for c in customers
    }
    occurring = set(channels.values()) | {
        channel_of("channel", row["channel"])
        for row in staged["marketing_spend"]
        if row["objective"] in objectives
    }
    starts = event_days(staged, "orders", "ordered_at")
    starts += event_days(staged, "marketing_spend", "spend_date")
    rows = []
    for period in mart_periods(starts, as_of, variables):
        for channel in sorted(occurring):
            cohort = [
                c
                for c in customers
                if channels[c.customer_id] == channel and period.start <= c.days[0] <= period.end
            ]
            spent = spend(staged, objectives, period, channel)
            value = sum_of(c.historic_value for c in cohort)
            margins = [c.first_day_margin for c in cohort]
            known = [margin for margin in margins if margin is not None]
            rows.append(
                period_columns(period, as_of)
                | {
                    "acquisition_channel": channel,
                    "spend": spent,
                    "new_customers": len(cohort),
                    "cac": ratio(spent, len(cohort)),
                    "first_order_margin": ratio(sum_of(known), len(known)),
                    "ltv": ratio(value, len(cohort)),
                    "predicted_ltv": None,
                    "ltv_to_cac": ratio(value, spent) if cohort else None,
                    "payback_months": payback_months(cohort, period.calendar, spent),
                }
            )
    return rows


def payback_months(cohort: Sequence[Customer], calendar: str, spent: Decimal) -> int | None:
    """The first month since each customer's first by which together they brought what they
    cost; None while they have not."""
    earned: dict[int, Decimal] = defaultdict(Decimal)
    for customer in cohort:
        for order in customer.orders:
            number = month_index(calendar, order.day) - month_index(calendar, customer.days[0])
            earned[number] += customer.value_of(order)
    total = ZERO
    for number in sorted(earned):
        total += earned[number]
        if total >= spent:
            return number
    return None


def referrals(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.referrals: one row a period; none where nothing is known of customers."""
    if not staged["customers"]:
        return []
    customers = customers_with_orders(staged, as_of)
    referred = [sign_up for sign_up in sign_ups(staged, as_of) if sign_up.referrer is not None]
    starts = event_days(staged, "orders", "ordered_at")
    starts += [
        row["signed_up_at"].day for row in staged["customers"] if row["signed_up_at"] is not None
    ]
    rows = []
    for period in mart_periods(starts, as_of, variables):
        inside = [s for s in referred if period.start <= s.day <= period.end]
        eligible = sum(sign_up.is_eligible(as_of) for sign_up in inside)
        activated = sum(sign_up.is_activated(as_of) for sign_up in inside)
        cohort = [c for c in customers if period.start <= c.days[0] <= period.end]
        brought = [c.historic_value for c in cohort if c.is_referred]
        others = [c.historic_value for c in cohort if not c.is_referred]
        rows.append(
            period_columns(period, as_of)
            | {
                "referred_signups": len(inside),
                "eligible_signups": eligible,
                "referred_buyers": activated,
                "active_referrers": len({sign_up.referrer for sign_up in inside}),
                "new_customers": len(cohort),
                "referred_customers": len(brought),
                "referral_conversion_rate": ratio(activated, eligible),
                "share_of_new_customers": ratio(len(brought), len(cohort)),
                "clv_referred": ratio(sum_of(brought), len(brought)),
                "clv_not_referred": ratio(sum_of(others), len(others)),
            }
        )
    return rows


def winback(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.winback: one row a period."""
    churn_after = variables.churn_after_days
    days_of = {c.customer_id: c.days for c in customers_with_orders(staged, as_of)}
    starts = event_days(staged, "orders", "ordered_at")
    starts += event_days(staged, "marketing_spend", "spend_date")
    rows = []
    for period in mart_periods(starts, as_of, variables):
        pool = {
            customer_id
            for customer_id, days in days_of.items()
            if days[0] < period.start and not is_active(days, period.start - ONE_DAY, churn_after)
        }
        won = {
            customer_id
            for customer_id in pool
            for spell in spells(days_of[customer_id], churn_after)
            if period.start <= spell.days[0] <= period.end
        }
        spent = spend(staged, ("winback",), period)
        rows.append(
            period_columns(period, as_of)
            | {
                "churned_pool": len(pool),
                "won_back_customers": len(won),
                "winback_rate": ratio(len(won), len(pool)),
                "winback_spend": spent,
                "cost_per_winback": ratio(spent, len(won)),
            }
        )
    return rows


# ---------------------------------------------------------------- cohorts


def clv_cohorts(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.clv_cohorts: one row a calendar, cohort month, channel and month number."""
    rows = []
    for calendar in variables.calendars:
        groups: dict[tuple[date, str], list[Customer]] = defaultdict(list)
        for customer in customers_with_orders(staged, as_of):
            first = first_of_month(calendar, *year_and_month(calendar, customer.days[0]))
            groups[first, customer.acquisition_channel].append(customer)
        for (cohort, channel), members in sorted(groups.items()):
            total = ZERO
            for number, month in enumerate(periods(calendar, "month", cohort, as_of)):
                earned = sum_of(
                    customer.value_of(order)
                    for customer in members
                    for order in customer.orders
                    if month.start <= order.day <= month.end
                )
                total += earned
                rows.append(
                    {
                        "calendar": calendar,
                        "cohort_month": cohort,
                        "acquisition_channel": channel,
                        "month_number": number,
                        "activity_month": month.start,
                        "is_complete": month.end <= as_of,
                        "cohort_customers": len(members),
                        "earned_value": earned,
                        "cumulative_historic_value": total,
                        "historic_clv": per_customer(total, len(members)),
                    }
                )
    return rows


def clv_drivers(staged: Staged, as_of: date, variables: Vars) -> list[Row]:
    """metrics.clv_drivers: one row a calendar, cohort but the first, and age of both. v is
    historic_clv as published; within is what mix leaves of the change."""
    cells: dict[tuple[str, date, int], list[Row]] = defaultdict(list)
    for row in clv_cohorts(staged, as_of, variables):
        cells[row["calendar"], row["cohort_month"], row["month_number"]].append(row)
    rows = []
    for calendar in variables.calendars:
        cohorts = sorted({month for name, month, _ in cells if name == calendar})
        for previous, cohort in pairwise(cohorts):
            for number in sorted(n for c, m, n in cells if (c, m) == (calendar, cohort)):
                now, before = cells[calendar, cohort, number], cells[calendar, previous, number]
                clv_now, clv_before = cohort_clv(now), cohort_clv(before)
                mix = signed_half_up(mix_effect(now, before))
                rows.append(
                    {
                        "calendar": calendar,
                        "cohort_month": cohort,
                        "month_number": number,
                        "previous_cohort_month": previous,
                        "is_complete": now[0]["is_complete"],
                        "cohort_customers": sum(row["cohort_customers"] for row in now),
                        "previous_cohort_customers": sum(row["cohort_customers"] for row in before),
                        "clv": clv_now,
                        "previous_clv": clv_before,
                        "clv_change": clv_now - clv_before,
                        "mix": mix,
                        "within": clv_now - clv_before - mix,
                    }
                )
    return rows


def cohort_clv(cells: Sequence[Row]) -> Decimal:
    """Historic value a customer over the channels of a cohort at one age."""
    total = sum_of(row["cumulative_historic_value"] for row in cells)
    return signed_half_up(Fraction(total) / sum(row["cohort_customers"] for row in cells))


def mix_effect(now: Sequence[Row], before: Sequence[Row]) -> Fraction:
    """Σ (s₁ − s₀)(v₀ + v₁) / 2; a channel absent from one side takes the other's v."""
    sides = []
    for cells in (now, before):
        customers = sum(row["cohort_customers"] for row in cells)
        sides.append(
            {
                row["acquisition_channel"]: (
                    Fraction(row["cohort_customers"], customers),
                    Fraction(row["historic_clv"]),
                )
                for row in cells
            }
        )
    total = Fraction(0)
    for channel in sides[0].keys() | sides[1].keys():
        share_now, value_now = sides[0].get(channel, (Fraction(0), None))
        share_before, value_before = sides[1].get(channel, (Fraction(0), None))
        values = [value for value in (value_now, value_before) if value is not None]
        total += (share_now - share_before) * sum(values) / len(values)
    return total


MARTS: dict[str, Callable[[Staged, date, Vars], list[Row]]] = {
    "customers.category_affinity": category_affinity,
    "customers.clv": clv,
    "customers.customers": customers_customers,
    "metrics.activation": activation,
    "metrics.acquisition": acquisition,
    "metrics.clv_cohorts": clv_cohorts,
    "metrics.clv_drivers": clv_drivers,
    "metrics.referrals": referrals,
    "metrics.winback": winback,
}
"""Every mart that this part of the reference knows, by relation name."""
