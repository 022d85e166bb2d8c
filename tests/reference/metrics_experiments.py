"""metrics.experiments in plain Python: exact sums, distributions from scipy.

As in `metrics`: staged rows, the last day that counts and the variables in, the mart's rows out.
Sums and what follows from them without a root are Fractions; the rest are floats.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from scipy import stats

from .calendars import ONE_DAY
from .metrics import ZERO, Order, Row, Vars, counted_orders, rfm_state
from .metrics_funnel import visits
from .metrics_value import signed_half_up
from .raw_rules import Staged, TypedRow, end_of

ATTRIBUTION = timedelta(days=30)
LOOKBACK = timedelta(days=90)
HOLDOUT = "holdout"
NO_SEGMENT = "none"
OUTCOMES = ("visited", "converted", "revenue", "repeat")
Z_95 = float(stats.norm.ppf(0.975))
DETECTABLE = Z_95 + float(stats.norm.ppf(0.8))


@dataclass(frozen=True)
class Unit:
    """A customer in a campaign: `variants` of all his sends, the first send, his segment before
    it, what he did in his window (by outcome) and what he spent before."""

    customer_id: str
    variants: frozenset[str]
    sent_at: datetime
    sent_date: date
    segment: str
    outcomes: dict[str, Decimal]
    revenue_before: Decimal


@dataclass(frozen=True)
class Arm:
    """The values of one outcome and the revenue before of the units of an arm."""

    values: tuple[Decimal, ...]
    before: tuple[Decimal, ...]
    is_rate: bool

    @property
    def size(self) -> int:
        """How many units."""
        return len(self.values)

    @property
    def mean(self) -> Fraction:
        """Mean outcome."""
        return Fraction(sum(self.values, ZERO)) / self.size

    @property
    def mean_before(self) -> Fraction:
        """Mean revenue before."""
        return Fraction(sum(self.before, ZERO)) / self.size

    def products(self, of_values: bool, of_before: bool) -> Fraction:
        """The sum of products of differences from the means: both False are the squares of the
        revenue before, both True those of the outcome, mixed their products."""
        total = Fraction(0)
        for value, before in zip(self.values, self.before, strict=True):
            outcome, earlier = Fraction(value) - self.mean, Fraction(before) - self.mean_before
            total += (outcome if of_values else earlier) * (outcome if of_before else earlier)
        return total

    def variance_of_mean(self) -> Fraction | None:
        """p (1 - p) / n of a rate, the sample's variance / n of a mean."""
        below = self.size if self.is_rate else self.size - 1
        return self.products(True, True) / below / self.size if below else None

    def residual_variance(self, theta: Fraction) -> Fraction | None:
        """The sample's variance / n of the outcome less theta times the revenue before."""
        squares = self.products(True, True) - 2 * theta * self.products(True, False)
        squares += theta * theta * self.products(False, False)
        return squares / (self.size - 1) / self.size if self.size > 1 else None


def units_of(
    sends: Sequence[TypedRow],
    orders: dict[str, list[TypedRow]],
    amounts: dict[str, Order],
    visited: dict[str, list[datetime]],
    segments: dict[str, str],
) -> Unit:
    """What one customer's sends of one campaign make of him."""
    first = min(sends, key=lambda row: row["sent_at"].instant)
    sent_at, customer_id = first["sent_at"].instant, first["customer_id"]
    after = [
        row
        for row in orders.get(customer_id, [])
        if sent_at < row["ordered_at"].instant <= sent_at + ATTRIBUTION
    ]
    before = [
        row
        for row in orders.get(customer_id, [])
        if sent_at - LOOKBACK < row["ordered_at"].instant <= sent_at
    ]
    days = {row["ordered_at"].day for row in after}
    seen = any(sent_at < start <= sent_at + ATTRIBUTION for start in visited.get(customer_id, []))
    return Unit(
        customer_id,
        frozenset(row["variant"] for row in sends),
        sent_at,
        first["sent_at"].day,
        segments.get(customer_id, NO_SEGMENT),
        {
            "visited": Decimal(seen),
            "converted": Decimal(bool(days)),
            "revenue": sum((amounts[row["order_id"]].net_revenue for row in after), ZERO),
            "repeat": Decimal(len(days) > 1),
        },
        sum((row["amount"] for row in before), ZERO),
    )


def experiments(staged: Staged, as_of: date, variables: Vars, zone: ZoneInfo) -> list[Row]:
    """metrics.experiments: one row a campaign, variant, outcome and segment; no sample ratio, for
    shops without the lookup."""
    amounts = {order.order_id: order for order in counted_orders(staged, as_of)}
    orders: dict[str, list[TypedRow]] = defaultdict(list)
    for row in staged["orders"]:
        if row["counted"] and row["customer_id"] is not None:
            orders[row["customer_id"]].append(row)
    visited: dict[str, list[datetime]] = defaultdict(list)
    for visit in visits(staged):
        if visit.customer_id is not None:
            visited[visit.customer_id].append(visit.started)
    sends: dict[str, dict[str, list[TypedRow]]] = defaultdict(lambda: defaultdict(list))
    for row in staged["campaign_sends"]:
        sends[row["campaign"]][row["customer_id"]].append(row)
    rows = []
    for campaign, of_customer in sends.items():
        units = []
        for customer_sends in of_customer.values():
            month = min(row["sent_at"].day for row in customer_sends).replace(day=1)
            segments = segments_on(staged, month - ONE_DAY, variables)
            units.append(units_of(customer_sends, orders, amounts, visited, segments))
        rows += campaign_rows(staged, campaign, units, end_of(as_of, zone))
    return rows


def segments_on(staged: Staged, day: date, variables: Vars) -> dict[str, str]:
    """The RFM segment of each customer with an order on the evening of a day."""
    return {key: row["segment"] for key, row in rfm_state(staged, day, variables).items()}


def campaign_rows(staged: Staged, campaign: str, units: Sequence[Unit], end: datetime) -> list[Row]:
    """The rows of one campaign."""
    spent = [row["amount"] for row in staged["marketing_spend"] if row["campaign"] == campaign]
    contacted = sum(unit.variants != {HOLDOUT} for unit in units)
    closed = [unit for unit in units if unit.sent_at + ATTRIBUTION < end]
    rows = []
    for segment in {"all"} | {unit.segment for unit in closed}:
        inside = [unit for unit in closed if segment in ("all", unit.segment)]
        single = [unit for unit in inside if len(unit.variants) == 1]
        for variant in {next(iter(unit.variants)) for unit in single}:
            figures = {
                outcome: compare(
                    arm_of(single, variant, outcome),
                    None if variant == HOLDOUT else arm_of(single, HOLDOUT, outcome),
                )
                for outcome in OUTCOMES
            }
            size = sum(unit.variants == {variant} for unit in single)
            is_paid = spent and variant != HOLDOUT
            cost = (
                signed_half_up(Fraction(sum(spent, ZERO)) * size / contacted) if is_paid else None
            )
            for outcome, row in figures.items():
                added = row["incremental_value"]
                per_outcome = None
                if added is not None and added > 0 and cost is not None:
                    per_outcome = Fraction(cost) / added
                rows.append(
                    {"campaign": campaign, "variant": variant, "segment": segment}
                    | {"outcome": outcome, "first_sent_date": min(u.sent_date for u in units)}
                    | {"customers_in_two_variants": len(inside) - len(single)}
                    | row
                    | {
                        "incremental_revenue": figures["revenue"]["incremental_value"],
                        "campaign_cost": cost,
                        "cost_per_incremental_outcome": per_outcome,
                        "sample_ratio_p_value": None,
                        "sample_ratio_warning": None,
                    }
                )
    return rows


def arm_of(units: Iterable[Unit], variant: str, outcome: str) -> Arm | None:
    """The units of one variant; None without any."""
    chosen = [unit for unit in units if unit.variants == {variant}]
    if not chosen:
        return None
    return Arm(
        tuple(unit.outcomes[outcome] for unit in chosen),
        tuple(unit.revenue_before for unit in chosen),
        outcome != "revenue",
    )


def compare(arm: Arm | None, holdout: Arm | None) -> Row:
    """The figures of one arm beside its holdout, if it has one."""
    assert arm is not None
    own = {
        "units": arm.size,
        "holdout_units": None,
        "total": sum(arm.values, ZERO),
        "mean": arm.mean,
        "incremental_value": None,
        "p_value": None,
        "cuped_p_value": None,
    }
    if holdout is None:
        return own
    difference = arm.mean - holdout.mean
    plain = judge(
        difference, arm.variance_of_mean(), holdout.variance_of_mean(), arm, holdout, arm.is_rate
    )
    theta = pooled(arm, holdout)
    own |= {
        "holdout_units": holdout.size,
        "holdout_mean": holdout.mean,
        "difference": difference,
        "relative_lift": difference / holdout.mean if holdout.mean else None,
        "incremental_value": difference * arm.size,
        "cuped_theta": theta,
    }
    own |= {name: plain[name] for name in ("standard_error", "degrees_of_freedom", "p_value")}
    own |= {"ci_low": plain["low"], "ci_high": plain["high"]}
    error = plain["standard_error"]
    own["minimum_detectable_effect"] = error * DETECTABLE if error else None
    if theta is None:
        return own
    adjusted = difference - theta * (arm.mean_before - holdout.mean_before)
    cuped = judge(
        adjusted, arm.residual_variance(theta), holdout.residual_variance(theta), arm, holdout
    )
    return own | {
        "cuped_difference": adjusted,
        "cuped_standard_error": cuped["standard_error"],
        "cuped_ci_low": cuped["low"],
        "cuped_ci_high": cuped["high"],
        "cuped_p_value": cuped["p_value"],
        "cuped_variance_reduction": 1 - (cuped["standard_error"] / error) ** 2
        if error and cuped["standard_error"] is not None
        else None,
    }


def pooled(arm: Arm, holdout: Arm) -> Fraction | None:
    """theta: products of both arms over squares of both; None without spread before."""
    products = arm.products(True, False) + holdout.products(True, False)
    squares = arm.products(False, False) + holdout.products(False, False)
    return products / squares if squares else None


def judge(
    difference: Fraction,
    variance: Fraction | None,
    holdout_variance: Fraction | None,
    arm: Arm,
    holdout: Arm,
    is_normal: bool = False,
) -> Row:
    """Standard error, interval and p-value: normal, or Student with Welch's degrees of freedom."""
    judged: Row = dict.fromkeys(("standard_error", "degrees_of_freedom", "low", "high", "p_value"))
    if variance is None or holdout_variance is None:
        return judged
    together = variance + holdout_variance
    error = judged["standard_error"] = math.sqrt(together)
    if together == 0:
        return judged
    statistic = abs(float(difference)) / error
    if is_normal:
        quantile, judged["p_value"] = Z_95, 2 * float(stats.norm.sf(statistic))
    else:
        parts = [
            part * part / (sized.size - 1)
            for part, sized in ((variance, arm), (holdout_variance, holdout))
        ]
        freedom = judged["degrees_of_freedom"] = float(together * together / sum(parts))
        quantile = float(stats.t.ppf(0.975, freedom))
        judged["p_value"] = 2 * float(stats.t.sf(statistic, freedom))
    judged["low"] = float(difference) - quantile * error
    judged["high"] = float(difference) + quantile * error
    return judged
