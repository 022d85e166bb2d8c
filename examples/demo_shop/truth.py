"""What the marts must say of the demo shop, reckoned from the plan, never from the warehouse."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from examples.demo_shop.raw_files import STAGED, SUPERSEDED, RawTable
from examples.demo_shop.shop import (
    AS_OF,
    ATTRIBUTION_DAYS,
    BROKEN_EXPERIMENT,
    FIRST_DAY,
    LIFT_EXPERIMENT,
    ONE_AND_DONE_CHANNEL,
    OUTAGE_DAYS,
    OUTAGE_REFERENCE_DAYS,
    Arms,
    Purchase,
    Shop,
    converts_after,
)
from examples.demo_shop.tables import Books, Sale

CHURN_AFTER_DAYS = 90

Truth = dict[str, Any]


def row_counts(tables: Mapping[str, RawTable]) -> Truth:
    """Raw, rejected, superseded and staged rows a table; nothing lies after the last day."""
    return {
        name: {
            "raw_rows": table.raw_rows,
            "rejected_rows": sum(table.rejected.values()),
            "rejected_by_reason": table.rejected,
            "superseded_rows": table.fates[SUPERSEDED],
            "not_yet_visible_rows": 0,
            "staged_rows": table.fates[STAGED],
        }
        for name, table in tables.items()
    }


def order_days(purchases: Iterable[Purchase]) -> dict[str, list[date]]:
    """The order days of each customer with a counted order, ascending."""
    days: dict[str, set[date]] = {}
    for bought in purchases:
        if bought.customer and bought.is_counted:
            days.setdefault(bought.customer.customer_id, set()).add(bought.day)
    return {customer: sorted(found) for customer, found in days.items()}


def spells(days: list[date]) -> list[tuple[date, date]]:
    """First and last day of each spell: a gap of CHURN_AFTER_DAYS starts a new one."""
    found = [(days[0], days[0])]
    for day in days[1:]:
        first, last = found[-1]
        if (day - last).days >= CHURN_AFTER_DAYS:
            found.append((day, day))
        else:
            found[-1] = (first, day)
    return found


def is_churned(spell: tuple[date, date]) -> bool:
    """Whether a spell has ended by the last day of the data."""
    return spell[1] + timedelta(days=CHURN_AFTER_DAYS) <= AS_OF


def rate_on(rates: Mapping[date, int], day: date) -> int:
    """The latest rate (ten-thousandths) on or before a day."""
    while day not in rates:
        day -= timedelta(days=1)
    return rates[day]


def in_usd(cents: int, sale: Sale, rates: Mapping[date, int]) -> int:
    """Cents of an order's currency in ten-thousandths of a USD, rounded half up."""
    if sale.currency == "USD":
        return cents * 100
    return (cents * 100 * rate_on(rates, sale.purchase.day) + 5000) // 10000


def net_revenue(books: Books) -> tuple[int, int]:
    """Sums over counted orders, in ten-thousandths of a USD: amounts, and amounts less refunds."""
    amounts = refunded = 0
    for sale in books.sales:
        if sale.purchase.is_counted:
            amounts += in_usd(sale.amount, sale, books.rates)
            returned = sale.refunds or [sale.column_refund]
            refunded += sum(in_usd(cents, sale, books.rates) for cents in returned)
    return amounts, amounts - refunded


def decimal_text(ten_thousandths: int) -> str:
    """A sum of money with its four decimals."""
    return f"{ten_thousandths // 10000}.{ten_thousandths % 10000:04d}"


def totals(shop: Shop, books: Books) -> Truth:
    """Counts and sums over everything."""
    counted = [p for p in shop.purchases if p.is_counted]
    days = order_days(counted)
    all_spells = [spell for found in days.values() for spell in spells(found)]
    amount, net = net_revenue(books)
    return {
        "counted_orders": len(counted),
        "not_counted_orders": len(shop.purchases) - len(counted),
        "counted_guest_orders": sum(p.customer is None for p in counted),
        "customers_ever_seen": len(shop.customers),
        "customers_with_a_counted_order": len(days),
        "order_days": sum(len(found) for found in days.values()),
        "spells": len(all_spells),
        "churned_spells": sum(map(is_churned, all_spells)),
        "amount_usd": decimal_text(amount),
        "net_revenue_usd": decimal_text(net),
    }


def one_and_done(shop: Shop, days: Mapping[str, list[date]]) -> Truth:
    """Buyers and repeat buyers of the channel whose customers do not come back, and of the rest."""
    groups: dict[bool, list[int]] = {True: [], False: []}
    for customer in shop.customers:
        if customer.has_record and customer.customer_id in days:
            is_of_channel = customer.channel == ONE_AND_DONE_CHANNEL
            groups[is_of_channel].append(len(days[customer.customer_id]))
    return {
        "acquisition_channel": ONE_AND_DONE_CHANNEL,
        "buyers": len(groups[True]),
        "buyers_with_two_order_days": sum(count >= 2 for count in groups[True]),
        "buyers_of_other_channels": len(groups[False]),
        "of_these_with_two_order_days": sum(count >= 2 for count in groups[False]),
    }


def outage(shop: Shop) -> Truth:
    """Counted orders (guests too) a day, in the outage and four weeks before."""

    def count(days: tuple[date, ...]) -> dict[str, int]:
        counted = [p.day for p in shop.purchases if p.is_counted]
        return {day.isoformat(): counted.count(day) for day in days}

    during, before = count(OUTAGE_DAYS), count(OUTAGE_REFERENCE_DAYS)
    return {
        "orders": during,
        "orders_28_days_before": before,
        "three_day_change": round(sum(during.values()) / sum(before.values()) - 1, 4),
    }


def churn_by_nps_group(books: Books, days: Mapping[str, list[date]]) -> Truth:
    """Spells of the customers in each group of the latest nps answer.

    The planted hazards stand two to one; what chance made of it is `detractor_to_promoter`.
    """
    answers = sorted(books.nps_answers, key=lambda answer: (answer[0], answer[1]))
    tempers = {customer.customer_id: customer.temper for _, _, customer in answers}
    result: Truth = {}
    for group in ("promoter", "passive", "detractor"):
        members = [customer for customer, temper in tempers.items() if temper == group]
        found = [s for customer in members if customer in days for s in spells(days[customer])]
        active_days = sum((last - first).days for first, last in found)
        churned = sum(map(is_churned, found))
        result[group] = {
            "customers": len(members),
            "spells": len(found),
            "churned_spells": churned,
            "days_from_first_to_last_order": active_days,
            "churned_spells_per_1000_days": round(1000 * churned / active_days, 3),
        }
    pace = "churned_spells_per_1000_days"
    result["detractor_to_promoter"] = round(result["detractor"][pace] / result["promoter"][pace], 3)
    result["planted"] = 2.0
    result["tolerance"] = 0.3
    return result


def experiment(shop: Shop, arms: Arms) -> Truth:
    """Units and conversions of both arms: customers with a counted order within the window."""
    plan = arms.experiment
    converting = converts_after(shop.purchases, plan.sent_at)
    sizes = {plan.treated: len(arms.treated), "holdout": len(arms.holdout)}
    conversions = {
        plan.treated: sum(unit.customer_id in converting for unit in arms.treated),
        "holdout": sum(unit.customer_id in converting for unit in arms.holdout),
    }
    half = sum(sizes.values()) / 2
    rates = {variant: conversions[variant] / size for variant, size in sizes.items()}
    return {
        "campaign": plan.campaign,
        "sent_on": plan.sent_at.date().isoformat(),
        "attribution_days": ATTRIBUTION_DAYS,
        "customers_in_two_variants": len(arms.both),
        "units": sizes,
        "converted": conversions,
        "conversion_lift": round(rates[plan.treated] - rates["holdout"], 6),
        "sample_ratio_chi_square": round(sum((n - half) ** 2 / half for n in sizes.values()), 4),
    }


def services(purchases: Iterable[Purchase]) -> Truth:
    """Customers by how many services their counted orders name."""
    used: dict[str, set[str]] = {}
    for bought in purchases:
        if bought.customer and bought.is_counted:
            used.setdefault(bought.customer.customer_id, set()).add(bought.service)
    numbers = [len(names) for names in used.values()]
    return {
        "customers": {str(number): numbers.count(number) for number in (1, 2, 3)},
        "multi_service_share": round(sum(n >= 2 for n in numbers) / len(numbers), 6),
    }


def reckon(shop: Shop, books: Books, tables: Mapping[str, RawTable]) -> Truth:
    """The whole planted truth, ready to be written as YAML."""
    days = order_days(shop.purchases)
    by_campaign = {arms.experiment.campaign: experiment(shop, arms) for arms in shop.arms}
    lift = by_campaign[LIFT_EXPERIMENT.campaign]
    lift |= {"planted_lift": LIFT_EXPERIMENT.added_conversions / LIFT_EXPERIMENT.treated_units}
    broken = by_campaign[BROKEN_EXPERIMENT.campaign]
    broken |= {"sample_ratio_p_value_below": 0.001}
    return {
        "as_of": AS_OF.isoformat(),
        "first_day": FIRST_DAY.isoformat(),
        "totals": totals(shop, books),
        "one_and_done_channel": one_and_done(shop, days),
        "outage": outage(shop),
        "churn_by_nps_group": churn_by_nps_group(books, days),
        "campaign_with_lift": lift,
        "campaign_with_broken_randomisation": broken,
        "service_adoption": {
            "all_time": services(shop.purchases),
            "year_2025": services(p for p in shop.purchases if p.day.year == 2025),
        },
        "rows": row_counts(tables),
    }
