"""The clean world of the demo shop: who its customers are and what they bought.

A super-app (rides, food, a market) with customers in Iran, Germany, the Netherlands, Austria and
Turkey. Nothing here knows of files or of dirt; times are UTC, money is in whole cents.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from examples.demo_shop.dice import Dice

FIRST_DAY = date(2024, 1, 1)
AS_OF = date(2026, 6, 30)
DAYS = (AS_OF - FIRST_DAY).days + 1

BUYERS = 2700
PROSPECTS = 300
GUEST_ORDERS = 1100

# Planted: customers of this channel buy once, apart from the few in ONE_AND_DONE_RETURN.
ONE_AND_DONE_CHANNEL = "affiliate"
ONE_AND_DONE_RETURN = 0.03

# Planted: a detractor stops with twice a promoter's probability, at once or in any month.
STOPS_AT_ONCE = {"promoter": 0.12, "passive": 0.18, "detractor": 0.24}
STOPS_IN_A_MONTH = {"promoter": 0.06, "passive": 0.09, "detractor": 0.12}
COMES_BACK = 0.25
LONGEST_SILENCE = 75

# Planted: three days with half the orders of the same three days four weeks before.
OUTAGE_DAYS = tuple(date(2025, 5, day) for day in (13, 14, 15))
OUTAGE_REFERENCE_DAYS = tuple(day - timedelta(days=28) for day in OUTAGE_DAYS)

NOT_COUNTED = ("cancelled", "Cancelled", "CANCELED", "failed", "Test", "draft", "Unpaid")
COUNTED = {"completed": 60.0, "delivered": 28.0, "Completed": 6.0, "paid": 4.0, "": 2.0}

SERVICES = ("ride", "food", "market")
SERVICE_SETS = {
    ("ride",): 22.0,
    ("food",): 24.0,
    ("market",): 14.0,
    ("ride", "food"): 15.0,
    ("food", "market"): 9.0,
    ("ride", "market"): 4.0,
    ("ride", "food", "market"): 12.0,
}
# Weight, and how much more (or less) likely than usual its customers are to stop.
CHANNELS = {
    "organic": (25.0, 0.90),
    "paid_search": (19.0, 1.00),
    "paid_social": (14.0, 1.20),
    "referral": (11.0, 0.75),
    "direct": (10.0, 0.95),
    "email": (4.0, 0.90),
    "display": (5.0, 1.30),
    "": (2.0, 1.00),
    ONE_AND_DONE_CHANNEL: (10.0, 1.00),
}
PLACES = {
    ("IR", "Tehran", "Tehran"): 34.0,
    ("IR", "Isfahan", "Isfahan"): 9.0,
    ("IR", "Fars", "Shiraz"): 8.0,
    ("IR", "Razavi Khorasan", "Mashhad"): 9.0,
    ("IR", "East Azerbaijan", "Tabriz"): 6.0,
    ("DE", "Berlin", "Berlin"): 8.0,
    ("DE", "Hamburg", "Hamburg"): 5.0,
    ("NL", "North Holland", "Amsterdam"): 5.0,
    ("AT", "Vienna", "Vienna"): 4.0,
    ("TR", "Istanbul", "Istanbul"): 9.0,
    ("", "", ""): 3.0,
}
EURO_COUNTRIES = ("DE", "NL", "AT")
WEEKDAY_WEIGHTS = (0.90, 0.90, 0.95, 1.05, 1.20, 1.10, 0.90)
HOUR_WEIGHTS = (3, 2, 1, 1, 1, 2, 4, 7, 9, 9, 9, 10, 13, 12, 9, 8, 9, 11, 14, 15, 14, 11, 8, 5)
HOURS = tuple(accumulate(HOUR_WEIGHTS))


@dataclass(frozen=True, slots=True)
class Experiment:
    """A campaign with a holdout; `shares` are what the shop meant to send, not what it sent."""

    campaign: str
    medium: str
    treated: str
    sent_at: datetime
    treated_units: int
    holdout_units: int
    added_conversions: int
    in_two_variants: int


# Planted: 64 of 800 customers buy because of the offer, so the conversion lift is 0.08.
LIFT_EXPERIMENT = Experiment(
    campaign="spring_offer_2026",
    medium="email",
    treated="offer",
    sent_at=datetime(2026, 4, 6, 9, 0, tzinfo=UTC),
    treated_units=800,
    holdout_units=800,
    added_conversions=64,
    in_two_variants=4,
)
# Planted: meant to be half and half, sent 700 to 560 (chi-square 15.56 on one degree of freedom).
BROKEN_EXPERIMENT = Experiment(
    campaign="autumn_push_2025",
    medium="push",
    treated="push",
    sent_at=datetime(2025, 10, 6, 16, 0, tzinfo=UTC),
    treated_units=700,
    holdout_units=560,
    added_conversions=0,
    in_two_variants=0,
)
ATTRIBUTION_DAYS = 30


@dataclass(slots=True)
class Customer:
    """One person; `temper` is what he answers when asked how likely he is to recommend."""

    customer_id: str
    first_day: int
    buys: bool
    temper: str
    channel: str
    place: tuple[str, str, str]
    services: tuple[str, ...]
    daily_rate: float
    answers_surveys: bool
    signed_up_at: datetime | None = None
    has_record: bool = True
    referred_by: str = ""
    email_consent: bool = False
    sms_consent: bool = False
    push_consent: bool = False
    visitor_ids: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        """What this customer pays in."""
        return "EUR" if self.place[0] in EURO_COUNTRIES else "USD"

    @property
    def known_since(self) -> date:
        """The sign-up day, else the day of the first purchase."""
        return self.signed_up_at.date() if self.signed_up_at else day_at(self.first_day)


@dataclass(slots=True, eq=False)
class Purchase:
    """One order as it finally stands; `customer` None is a guest."""

    customer: Customer | None
    ordered_at: datetime
    service: str
    sales_channel: str
    status: str
    is_first: bool = False
    order_id: str = ""

    @property
    def day(self) -> date:
        """The business date (business time zone UTC)."""
        return self.ordered_at.date()

    @property
    def is_counted(self) -> bool:
        """False for a status that the default `not_counted_statuses` names."""
        return self.status not in NOT_COUNTED


@dataclass(slots=True)
class Arms:
    """Who got what in an experiment; `both` got both, a day apart, and belong to neither."""

    experiment: Experiment
    treated: list[Customer] = field(default_factory=list)
    holdout: list[Customer] = field(default_factory=list)
    both: list[Customer] = field(default_factory=list)


@dataclass(slots=True)
class Shop:
    """Everything that truly happened, purchases in the order of time."""

    customers: list[Customer]
    purchases: list[Purchase]
    arms: list[Arms]


def day_at(index: int) -> date:
    """The date of a day number, 0 being the shop's first day."""
    return FIRST_DAY + timedelta(days=index)


def day_weight(day: date) -> float:
    """How busy a day is, 1 being an average one: weekly rhythm, Nowruz and November."""
    weight = WEEKDAY_WEIGHTS[day.weekday()]
    if (11, 10) <= (day.month, day.day) <= (11, 30):
        return weight * 1.8
    if (3, 1) <= (day.month, day.day) <= (3, 19):
        return weight * 1.6
    if (3, 20) <= (day.month, day.day) <= (4, 2):
        return weight * 0.8
    if day.month == 12:
        return weight * 1.2
    return weight * (0.9 if day.month in (7, 8) else 1.0)


DAY_WEIGHTS = tuple(day_weight(day_at(index)) for index in range(DAYS))


def moment(dice: Dice, day: date) -> datetime:
    """A time of this day, likelier in the evening."""
    clock = time(dice.position(HOURS), dice.integer(0, 59), dice.integer(0, 59), tzinfo=UTC)
    return datetime.combine(day, clock)


def sign_up(dice: Dice, customer: Customer) -> datetime | None:
    """A few days before the first purchase; for some afterwards, for some unknown (None)."""
    if dice.chance(0.02):
        return None
    if not customer.buys:
        return moment(dice, day_at(customer.first_day))
    if dice.chance(0.05):
        later = min(customer.first_day + dice.integer(1, 60), DAYS - 1)
        return moment(dice, day_at(later))
    return datetime.combine(
        day_at(max(0, customer.first_day - dice.integer(0, 40) * dice.integer(0, 1))),
        time(0, dice.integer(0, 59), dice.integer(0, 59), tzinfo=UTC),
    )


def people(dice: Dice) -> list[Customer]:
    """All customers, numbered in the order in which the shop first met them."""
    growing = list(accumulate(w * (1 + 0.0008 * d) for d, w in enumerate(DAY_WEIGHTS)))
    days = sorted(
        (min(dice.position(growing), DAYS - 1), n < BUYERS) for n in range(BUYERS + PROSPECTS)
    )
    channels = {name: weight for name, (weight, _) in CHANNELS.items()}
    paces = {1 / 16: 7.0, 1 / 36: 33.0, 1 / 52: 60.0}
    customers: list[Customer] = []
    for number, (first_day, buys) in enumerate(days, start=1):
        customer = Customer(
            customer_id=f"C{number:05d}",
            first_day=first_day,
            buys=buys,
            temper=dice.weighted({"promoter": 42.0, "passive": 26.0, "detractor": 32.0}),
            channel=dice.weighted(channels),
            place=dice.weighted(PLACES),
            services=dice.weighted(SERVICE_SETS),
            daily_rate=dice.weighted(paces),
            answers_surveys=dice.chance(0.75),
            email_consent=dice.chance(0.78),
            sms_consent=dice.chance(0.45),
            push_consent=dice.chance(0.72),
        )
        customer.signed_up_at = sign_up(dice, customer)
        customer.visitor_ids = tuple(
            f"V{number:05d}{letter}" for letter in ("ab" if dice.chance(0.3) else "a")
        )
        if customer.channel == "referral" and number > 30:
            customer.referred_by = dice.pick(customers[-600:]).customer_id
        customers.append(customer)
    for customer in dice.sample([c for c in customers if c.buys], 25):
        customer.has_record = False
    for customer in dice.sample([c for c in customers if c.referred_by], 2):
        customer.referred_by = customer.customer_id
    return customers


def days_of_stay(dice: Dice, temper: str, haste: float) -> int:
    """How many days a customer stays once he has bought, 0 being one purchase."""
    if dice.chance(STOPS_AT_ONCE[temper] * haste):
        return 0
    months = 0
    while months < 36 and not dice.chance(STOPS_IN_A_MONTH[temper] * haste):
        months += 1
    return months * 30 + dice.integer(1, 30)


def buying_days(dice: Dice, customer: Customer) -> list[int]:
    """The day numbers on which a customer buys, ascending."""
    days = [customer.first_day]
    if customer.channel == ONE_AND_DONE_CHANNEL:
        if dice.chance(ONE_AND_DONE_RETURN):
            days.append(customer.first_day + dice.integer(10, 60))
        return [day for day in days if day < DAYS]
    haste = CHANNELS[customer.channel][1]
    for is_second_stay in (False, True):
        last = days[-1]
        end = last + days_of_stay(dice, customer.temper, haste)
        for day in range(last + 1, min(end, DAYS - 1) + 1):
            due = day - last >= LONGEST_SILENCE
            if due or dice.chance(customer.daily_rate * DAY_WEIGHTS[day]):
                days.append(day)
                last = day
        back = last + dice.integer(100, 260)
        if is_second_stay or back >= DAYS or not dice.chance(COMES_BACK):
            break
        days.append(back)
    return days


def status(dice: Dice) -> str:
    """An order's final status: about one in twenty does not count."""
    return dice.pick(NOT_COUNTED) if dice.chance(0.05) else dice.weighted(COUNTED)


def purchase(dice: Dice, customer: Customer | None, day: date) -> Purchase:
    """One order of this day."""
    service = dice.pick(customer.services if customer else SERVICES)
    by_service = {
        "ride": {"app": 1.0},
        "food": {"app": 7.0, "web": 3.0},
        "market": {"app": 4.0, "web": 4.0, "store": 2.0},
    }
    if customer is None:
        by_service["ride"] = by_service["food"] = {"web": 1.0}
    return Purchase(
        customer=customer,
        ordered_at=moment(dice, day),
        service=service,
        sales_channel=dice.weighted(by_service[service]),
        status=status(dice),
    )


def purchases_of(dice: Dice, customer: Customer) -> list[Purchase]:
    """All orders of a customer; on some days he buys twice."""
    bought = []
    for day in buying_days(dice, customer):
        bought.append(purchase(dice, customer, day_at(day)))
        if dice.chance(0.03):
            bought.append(purchase(dice, customer, day_at(day)))
    bought[0].is_first = True
    return bought


def halve_outage(dice: Dice, purchases: list[Purchase]) -> list[Purchase]:
    """Without so many orders of the outage that half of the reference days' counted ones stay."""
    usual = sum(p.is_counted and p.day in OUTAGE_REFERENCE_DAYS for p in purchases)
    in_outage = [p for p in purchases if p.is_counted and p.day in OUTAGE_DAYS]
    may_go = [p for p in in_outage if not p.is_first]
    gone = set(dice.sample(may_go, len(in_outage) - (usual + 1) // 2))
    return [p for p in purchases if p not in gone]


def converts_after(purchases: list[Purchase], sent_at: datetime) -> set[str]:
    """Ids of the customers with a counted order within the attribution window of a send."""
    until = sent_at + timedelta(days=ATTRIBUTION_DAYS)
    return {
        p.customer.customer_id
        for p in purchases
        if p.customer and p.is_counted and sent_at < p.ordered_at <= until
    }


def run_experiment(
    dice: Dice, experiment: Experiment, candidates: list[Customer], purchases: list[Purchase]
) -> Arms:
    """Deals the arms so that both would convert alike, then adds what the treatment causes."""
    arms = Arms(experiment)
    size = experiment.treated_units + experiment.holdout_units + experiment.in_two_variants
    chosen = dice.sample(candidates, size)
    arms.both = chosen[: experiment.in_two_variants]
    units = chosen[experiment.in_two_variants :]
    converting = converts_after(purchases, experiment.sent_at)
    units.sort(key=lambda unit: unit.customer_id in converting)
    for position, unit in enumerate(units, start=1):
        due = position * experiment.treated_units // len(units)
        (arms.treated if due > len(arms.treated) else arms.holdout).append(unit)
    idle = [unit for unit in arms.treated if unit.customer_id not in converting]
    for unit in dice.sample(idle, experiment.added_conversions):
        day = experiment.sent_at.date() + timedelta(days=dice.integer(1, 25))
        added = purchase(dice, unit, day)
        added.status = "completed"
        purchases.append(added)
    return arms


def open_shop() -> Shop:
    """Thirty months of the demo shop, the same at every call."""
    customers = people(Dice(1))
    dice = Dice(2)
    purchases = [p for c in customers if c.buys for p in purchases_of(dice, c)]
    guests = list(accumulate(DAY_WEIGHTS))
    for _ in range(GUEST_ORDERS):
        day = day_at(min(dice.position(guests), DAYS - 1))
        purchases.append(purchase(dice, None, day))
    purchases = halve_outage(Dice(3), purchases)
    dice = Dice(4)
    arms = []
    for experiment in (LIFT_EXPERIMENT, BROKEN_EXPERIMENT):
        day = experiment.sent_at.date()
        met = [c for c in customers if c.has_record and c.known_since < day]
        willing = [c for c in met if getattr(c, f"{experiment.medium}_consent")]
        arms.append(run_experiment(dice, experiment, willing, purchases))
    purchases.sort(key=lambda p: (p.ordered_at, p.customer.customer_id if p.customer else ""))
    for number, bought in enumerate(purchases, start=1):
        bought.order_id = f"{10000 + number:07d}"
    return Shop(customers, purchases, arms)
