"""The clean world as rows of the raw contract: final values, no dirt yet.

Rows are text under the contract's column names. A blank is null. Every timestamp is at or before
the end of the last day.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

from examples.demo_shop.dice import Dice
from examples.demo_shop.raw_files import Row
from examples.demo_shop.shop import (
    AS_OF,
    FIRST_DAY,
    ONE_AND_DONE_CHANNEL,
    Arms,
    Customer,
    Purchase,
    Shop,
    day_weight,
    moment,
)

END = datetime.combine(AS_OF, time(23, 59, 59), tzinfo=UTC)
# Orders before this day come from an older system: some without a time of day, refunds in a column.
OLD_SYSTEM_UNTIL = date(2024, 6, 30)

# product → category, brand, price, cost (cents); for a ride the price is per trip.
PRODUCTS = {
    "ride": {
        f"ride-{kind}": ("ride", brand, price, price * 7 // 10)
        for kind, brand, price in (
            ("city", "Go", 640),
            ("comfort", "Go", 980),
            ("airport", "Go", 2450),
            ("bike", "Velo", 310),
            ("parcel", "Velo", 520),
        )
    },
    "food": {
        f"food-{number:02d}": (
            ("pizza", "kebab", "salad", "dessert")[number % 4],
            ("Saffron", "Forno", "Green Bowl")[number % 3],
            550 + 145 * number,
            (550 + 145 * number) * 6 // 10,
        )
        for number in range(1, 17)
    },
    "market": {
        f"{number:04d}": (
            ("grocery", "drinks", "household", "baby", "beauty")[number % 5],
            ("Alba", "Nord", "Zagros", "")[number % 4],
            190 + 83 * number,
            (190 + 83 * number) * 3 // 4,
        )
        for number in range(1, 41)
    },
}
FIRST_NAMES = ("Sara", "Ali", "Mina", "Reza", "Lena", "Jonas", "Emma", "Deniz", "Nika", "Omid")
LAST_NAMES = ("Ahmadi", "Karimi", "Schulz", "Weber", "Jansen", "Yilmaz", "Rostami", "Bauer")
# acquisition channel → utm_source, utm_medium of a session that it brings
UTM = {
    "organic": ("google", "organic"),
    "paid_search": ("google", "cpc"),
    "paid_social": ("instagram", "cpc"),
    "referral": ("friend", "referral"),
    "email": ("newsletter", "email"),
    "display": ("criteo", "display"),
    "affiliate": ("affilio", "affiliate"),
    "direct": ("", ""),
    "": ("", ""),
}
SCORES = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 1, 2, 3, 4, 5, 6, 6)}
REASONS = {
    "promoter": ("price", "delivery_time", "selection", "app", ""),
    "passive": ("price", "selection", "app", "", ""),
    "detractor": ("support", "delivery_time", "price", "quality", ""),
}
COMMENTS = {
    "promoter": ("Great, as always", "عالی بود", 'My neighbours say "wow", too', "Schnell und gut"),
    "passive": ("Fine", "It works, mostly", "خوب", "Könnte billiger sein"),
    "detractor": (
        "Two hours late, nobody answered. Write to angry.customer@example.com",
        "Cold food,\nno refund",
        "Bitte rufen Sie mich an: +49 30 5550 1234",
        "خیلی دیر رسید",
    ),
}


# What becomes of a subscription, by weight.
STORIES = {
    "runs": 46.0,
    "ends": 20.0,
    "up": 12.0,
    "down": 6.0,
    "pause": 8.0,
    "two": 5.0,
    "due": 3.0,
}


@dataclass(slots=True)
class Sale:
    """An order with its money (cents of its currency), as it finally stands."""

    purchase: Purchase
    currency: str
    amount: int = 0
    refunds: list[int] = field(default_factory=list)
    column_refund: int = 0
    row: Row = field(default_factory=dict)


@dataclass(slots=True)
class Books:
    """Clean rows a table, and what the planted truth is reckoned from."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    nps_answers: list[tuple[datetime, str, Customer]] = field(default_factory=list)
    rates: dict[date, int] = field(default_factory=dict)


def money(cents: int) -> str:
    """Cents as a decimal number."""
    return f"{cents // 100}.{cents % 100:02d}"


def plain(at: datetime) -> str:
    """A UTC time without an offset: the source time zone's default."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def zulu(at: datetime) -> str:
    """A UTC time with Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def with_offset(at: datetime, hours: float) -> str:
    """The same instant with an offset."""
    return at.astimezone(timezone(timedelta(hours=hours))).isoformat()


def placed_at(dice: Dice, purchase: Purchase) -> str:
    """Order times as four systems would write them: Z, no offset, an offset, a date only."""
    if purchase.day <= OLD_SYSTEM_UNTIL and dice.chance(0.15):
        return purchase.day.isoformat()
    if purchase.sales_channel == "store":
        return plain(purchase.ordered_at)
    country = purchase.customer.place[0] if purchase.customer else ""
    if purchase.sales_channel == "app" and country in ("IR", "DE"):
        return with_offset(purchase.ordered_at, 3.5 if country == "IR" else 1)
    return zulu(purchase.ordered_at)


def written_id(dice: Dice, customer_id: str) -> str:
    """An id as a form may deliver it: now and then padded with blanks."""
    return f" {customer_id} " if dice.chance(0.002) else customer_id


def coupon(dice: Dice, purchase: Purchase) -> tuple[str, int]:
    """A coupon's code and its discount in percent."""
    month, day = purchase.day.month, purchase.day.day
    if purchase.is_first and dice.chance(0.4):
        return "WELCOME10", 10
    if month == 3 and day <= 19 and dice.chance(0.35):
        return "NOWRUZ20", 20
    if month == 11 and day >= 20 and dice.chance(0.35):
        return "NOV25", 25
    return ("FREE", 100) if dice.chance(0.0006) else ("", 0)


def sell(dice: Dice, purchase: Purchase) -> tuple[Sale, list[Row]]:
    """The order row of a purchase and its lines: amount = Σ quantity × price − discounts."""
    customer = purchase.customer
    sale = Sale(purchase, customer.currency if customer else "USD")
    code, percent = coupon(dice, purchase)
    products = PRODUCTS[purchase.service]
    kinds = 1 if purchase.service == "ride" else dice.weighted({1: 55.0, 2: 30.0, 3: 15.0})
    gross = discount = cost = 0
    lines: list[Row] = []
    for number, product in enumerate(dice.sample(list(products), kinds), start=1):
        category, brand, price, unit_cost = products[product]
        quantity = 1 if purchase.service == "ride" else dice.weighted({1: 8.0, 2: 3.0, 3: 1.0})
        line_discount = quantity * price * percent // 100
        gross += quantity * price
        discount += line_discount
        cost += quantity * unit_cost
        lines.append(
            {
                "order_id": purchase.order_id,
                "line_number": str(number),
                "product_id": product,
                "category": category,
                "brand": brand,
                "quantity": str(quantity),
                "unit_price": money(price),
                "discount_amount": money(line_discount) if line_discount else "",
                "unit_cost": money(unit_cost) if dice.chance(0.99) else "",
            }
        )
    sale.amount = gross - discount
    is_reporting_currency = sale.currency == "USD"
    sale.row = {
        "order_id": purchase.order_id,
        "customer_id": written_id(dice, customer.customer_id) if customer else "",
        "ordered_at": placed_at(dice, purchase),
        "amount": money(sale.amount),
        "currency": "" if is_reporting_currency and dice.chance(0.03) else sale.currency,
        "status": purchase.status,
        "discount_amount": money(discount) if discount else "",
        "cost_amount": money(cost) if dice.chance(0.99) else "",
        "sales_channel": purchase.sales_channel,
        "service": purchase.service,
        "coupon_code": code,
        "payment_method": dice.pick(("card", "wallet", "cash")),
    }
    if dice.chance(0.05):
        changed_at = min(purchase.ordered_at + timedelta(hours=dice.integer(1, 72)), END)
        sale.row["updated_at"] = plain(changed_at)
    return sale, lines


def refund(dice: Dice, sale: Sale) -> list[tuple[datetime, int]]:
    """When and how much (cents) of an order was given back; nothing for nearly all."""
    if not sale.purchase.is_counted or sale.amount == 0 or not dice.chance(0.035):
        return []
    parts = dice.weighted({(100,): 5.0, (50,): 3.0, (20, 30): 1.0})
    returned = []
    for part in parts:
        wait = dice.integer(1, 25) if dice.chance(0.9) else dice.integer(40, 120)
        at = sale.purchase.ordered_at + timedelta(days=wait, minutes=dice.integer(0, 300))
        if at <= END:
            returned.append((at, sale.amount * part // 100))
    return returned


def refund_rows(dice: Dice, sales: list[Sale]) -> list[Row]:
    """Rows of `refunds`; the old system's refunds stand in the orders' column instead.

    Some later orders carry both: there the column must be passed over.
    """
    dated: list[tuple[datetime, Sale, int]] = []
    for sale in sales:
        returned = refund(dice, sale)
        total = sum(amount for _, amount in returned)
        if total and sale.purchase.day <= OLD_SYSTEM_UNTIL:
            sale.column_refund = total
            sale.row["refund_amount"] = money(total)
            continue
        if total and dice.chance(0.2):
            sale.row["refund_amount"] = money(total // 2)
        sale.refunds = [amount for _, amount in returned]
        dated += [(at, sale, amount) for at, amount in returned]
    dated.sort(key=lambda entry: (entry[0], entry[1].purchase.order_id))
    return [
        {
            "refund_id": f"R{number:05d}",
            "order_id": sale.purchase.order_id,
            "refunded_at": plain(at),
            "amount": ("-" if number % 40 == 0 else "") + money(amount),
        }
        for number, (at, sale, amount) in enumerate(dated, start=1)
    ]


def consent(dice: Dice, given: bool) -> str:
    """Yes and no as exports write them; no answer is a no."""
    return dice.pick(("true", "true", "TRUE", "1") if given else ("false", "false", "0", ""))


def customer_rows(dice: Dice, customers: list[Customer]) -> list[Row]:
    """Rows of `customers` for those who have a record."""
    rows: list[Row] = []
    for number, customer in enumerate(customers, start=1):
        name, surname = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        email = f"{name}.{surname}{number}@example.{dice.pick(('com', 'org'))}"
        birth = date(1955, 1, 1) + timedelta(days=dice.integer(0, 365 * 50))
        country, region, city = customer.place
        seen_at = customer.signed_up_at or moment(dice, customer.known_since)
        row = {
            "customer_id": customer.customer_id,
            "signed_up_at": plain(customer.signed_up_at) if customer.signed_up_at else "",
            "acquisition_channel": customer.channel,
            "acquisition_campaign": (
                f"{customer.channel}_{customer.known_since.year}"
                if customer.channel.startswith("paid") or customer.channel == ONE_AND_DONE_CHANNEL
                else ""
            ),
            "referred_by_customer_id": customer.referred_by,
            "country": country,
            "region": region,
            "city": city,
            "birth_date": birth.isoformat() if dice.chance(0.6) else "",
            "email": (email if number % 5 else email.lower()) if dice.chance(0.93) else "",
            "phone": f"+98 900 555 {dice.integer(0, 9999):04d}" if dice.chance(0.7) else "",
            "email_consent": consent(dice, customer.email_consent),
            "sms_consent": consent(dice, customer.sms_consent),
            "push_consent": consent(dice, customer.push_consent),
            "updated_at": plain(seen_at),
        }
        if customer.has_record:
            rows.append(row)
    return rows


def session(dice: Dice, customer: Customer | None, started_at: datetime, minutes: int) -> Row:
    """One visit, without its id; a known customer is not always logged in."""
    pages = dice.integer(1, 12) if minutes > 1 else 1
    products = dice.integer(0, pages)
    carts = dice.integer(0, 2) if products else 0
    if customer is None:
        visitor, channel = f"A{dice.integer(1, 5200):05d}", dice.pick(list(UTM))
    else:
        visitor, channel = dice.pick(customer.visitor_ids), customer.channel
        if not dice.chance(0.5):
            channel = dice.pick(("direct", "direct", "email"))
    source, medium = UTM[channel]
    return {
        "visitor_id": visitor,
        "customer_id": customer.customer_id if customer and dice.chance(0.93) else "",
        "started_at": plain(started_at),
        "ended_at": plain(min(started_at + timedelta(minutes=minutes), END)),
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": f"{channel}_{started_at.year}" if channel.startswith("paid") else "",
        "device": dice.pick(("mobile", "mobile", "mobile", "desktop", "tablet")),
        "page_views": str(pages),
        "product_views": str(products),
        "cart_additions": str(carts),
        "checkouts": str(dice.integer(0, 1) if carts else 0),
        "leads": "1" if dice.chance(0.04) else "0",
    }


def session_rows(dice: Dice, shop: Shop, sales: list[Sale]) -> list[Row]:
    """Rows of `sessions`: before orders (linked to them), browsing, and visitors never named."""
    linked: list[tuple[str, Row, Sale | None]] = []
    for sale in sales:
        bought = sale.purchase
        if bought.sales_channel == "store":
            continue
        arrival = bought.ordered_at - timedelta(minutes=dice.integer(2, 20))
        if arrival.date() >= FIRST_DAY and dice.chance(0.55):
            row = session(dice, bought.customer, arrival, 25)
            row |= {"page_views": str(dice.integer(4, 20)), "product_views": "3"}
            row |= {"cart_additions": "1", "checkouts": "1"}
            linked.append((row["started_at"], row, sale))
        if bought.customer and dice.chance(0.25):
            earlier = bought.ordered_at - timedelta(days=dice.integer(1, 20), minutes=17)
            if earlier.date() >= FIRST_DAY:
                row = session(dice, bought.customer, earlier, dice.integer(0, 15))
                linked.append((row["started_at"], row, None))
    days = (AS_OF - FIRST_DAY).days
    strangers = [None] * 6500
    prospects = [c for c in shop.customers if not c.buys for _ in range(2)]
    for visitor in [*strangers, *prospects]:
        since = visitor.first_day if visitor else 0
        day = FIRST_DAY + timedelta(days=dice.integer(since, days))
        if dice.chance(day_weight(day) / 2):
            row = session(dice, visitor, moment(dice, day), dice.integer(0, 12))
            linked.append((row["started_at"], row, None))
    linked.sort(key=lambda entry: entry[0])
    rows: list[Row] = []
    for number, (_, row, buyer) in enumerate(linked, start=1):
        rows.append({"session_id": f"S{number:06d}"} | row)
        if buyer:
            buyer.row["session_id"] = f"S{number:06d}"
    return rows


def survey_rows(dice: Dice, books: Books) -> list[Row]:
    """Rows of `surveys`: nps soon after the first order and again later, csat after some orders."""
    answers: list[tuple[datetime, str, str, Customer | None]] = []
    last_asked: dict[str, datetime] = {}
    for sale in books.sales:
        customer = sale.purchase.customer
        wait = timedelta(days=dice.integer(1, 9), minutes=dice.integer(0, 90))
        at = sale.purchase.ordered_at + wait
        if at > END:
            continue
        if dice.chance(0.06):
            answers.append((at, "csat", customer.temper if customer else "passive", customer))
        if customer is None:
            if dice.chance(0.15):
                answers.append((at, "nps", dice.pick(list(SCORES)), None))
            continue
        if not customer.answers_surveys or customer.channel == ONE_AND_DONE_CHANNEL:
            continue
        asked = last_asked.get(customer.customer_id)
        if asked is None or (at - asked > timedelta(days=150) and dice.chance(0.6)):
            last_asked[customer.customer_id] = at
            answers.append((at, "nps", customer.temper, customer))
    answers.sort(key=lambda answer: (answer[0], answer[3].customer_id if answer[3] else ""))
    rows: list[Row] = []
    for number, (at, kind, temper, customer) in enumerate(answers, start=1):
        score = dice.pick(SCORES[temper])
        if kind == "csat":
            score = {"promoter": 5, "passive": 4}.get(temper, dice.integer(1, 3))
        elif customer:
            books.nps_answers.append((at, f"Q{number:05d}", customer))
        rows.append(
            {
                "response_id": f"Q{number:05d}",
                "customer_id": customer.customer_id if customer else "",
                "responded_at": zulu(at),
                "survey_type": "" if kind == "nps" and dice.chance(0.05) else kind,
                "score": str(score),
                "reason": dice.pick(REASONS[temper]),
                "comment": dice.pick(COMMENTS[temper]) if dice.chance(0.3) else "",
            }
        )
    return rows


def subscription_rows(dice: Dice, sales: list[Sale]) -> list[Row]:
    """Rows of `subscriptions` in EUR: upgrades, downgrades, pauses, overlaps, known ends."""
    orders: dict[str, list[date]] = {}
    for sale in sales:
        if sale.purchase.customer:
            orders.setdefault(sale.purchase.customer.customer_id, []).append(sale.purchase.day)
    starts = sorted((days[2], customer) for customer, days in orders.items() if len(days) >= 6)
    rows: list[Row] = []
    number = 0
    for start, customer in starts:
        if not dice.chance(0.4):
            continue
        number += 1
        change = start + timedelta(days=dice.integer(35, 260))
        story = dice.weighted(STORIES)
        if change >= AS_OF - timedelta(days=60):
            story = "due" if story == "due" else "runs"
        first, second = (1299, 699) if story == "down" else (699, 1299)
        spans: list[tuple[date, date | None, int, str]] = [(start, None, first, "")]
        if story == "ends":
            spans = [(start, change, first, "")]
        elif story in ("up", "down"):
            spans = [(start, change, first, ""), (change, None, second, "")]
        elif story == "pause":
            spans = [(start, change, first, ""), (change + timedelta(days=45), None, first, "")]
        elif story == "two":
            spans.append((change, None, 499, "-family"))
        elif story == "due":
            spans = [(start, date(2026, 12, 31), first, "")]
        rows += [
            {
                "subscription_id": f"P{number:04d}{suffix}",
                "customer_id": customer,
                "valid_from": since.isoformat(),
                "valid_to": until.isoformat() if until else "",
                "mrr": money(mrr),
            }
            for since, until, mrr, suffix in spans
        ]
    return rows


def spend_rows(dice: Dice) -> list[Row]:
    """Rows of `marketing_spend`, one a week and campaign, in two currencies."""
    plans = (
        ("paid_search", "brand", "acquisition", "USD", 60),
        ("paid_search", "generic", "acquisition", "USD", 110),
        ("paid_social", "lookalike", "acquisition", "EUR", 95),
        ("display", "programmatic", "acquisition", "EUR", 45),
        ("affiliate", "", "", "USD", 70),
        ("referral", "bring_a_friend", "acquisition", "", 30),
        ("email", "newsletter", "retention", "USD", 12),
        ("sms", "come_back", "winback", "USD", 25),
    )
    rows: list[Row] = []
    day = FIRST_DAY
    while day <= AS_OF:
        for channel, campaign, objective, currency, usual in plans:
            if objective == "winback" and day.year < 2025:
                continue
            spent = int(usual * day_weight(day) * dice.integer(80, 120))
            rows.append(
                {
                    "spend_date": day.isoformat(),
                    "channel": channel,
                    "campaign": campaign,
                    "objective": objective,
                    "currency": currency,
                    "amount": money(spent),
                    "impressions": str(spent * dice.integer(8, 15)),
                    "clicks": str(spent // dice.integer(20, 40)),
                }
            )
        day += timedelta(days=7)
    return rows


def send_row(
    dice: Dice, campaign: str, medium: str, variant: str, customer: Customer, at: datetime
) -> Row:
    """One send without its id; a holdout gets nothing, so nothing follows."""
    row = {
        "campaign": campaign,
        "customer_id": customer.customer_id,
        "medium": medium,
        "variant": variant,
        "sent_at": plain(at),
    }
    if variant == "holdout" or not dice.chance(0.97):
        return row
    row["delivered_at"] = plain(at + timedelta(seconds=dice.integer(5, 600)))
    if dice.chance(0.34):
        row["opened_at"] = plain(at + timedelta(minutes=dice.integer(15, 4000)))
        if dice.chance(0.25):
            row["clicked_at"] = plain(at + timedelta(minutes=dice.integer(4001, 6000)))
        if dice.chance(0.02):
            row["unsubscribed_at"] = plain(at + timedelta(minutes=dice.integer(4001, 6000)))
    if dice.chance(0.002):
        row["complained_at"] = plain(at + timedelta(minutes=dice.integer(15, 6000)))
    return row


def arm_rows(dice: Dice, arms: Arms) -> list[tuple[datetime, Row]]:
    """The sends of an experiment; whoever got both variants got the second a day later."""
    plan = arms.experiment
    next_day = plan.sent_at + timedelta(days=1)
    sends = [
        *((plan.sent_at, plan.treated, unit) for unit in [*arms.treated, *arms.both]),
        *((plan.sent_at, "holdout", unit) for unit in arms.holdout),
        *((next_day, "holdout", unit) for unit in arms.both),
    ]
    return [
        (at, send_row(dice, plan.campaign, plan.medium, variant, unit, at))
        for at, variant, unit in sends
    ]


def campaign_rows(dice: Dice, shop: Shop) -> list[Row]:
    """Rows of `campaign_sends`: newsletters each quarter, a text message, ads, two experiments."""
    plans: list[tuple[str, str, datetime, int]] = [
        (f"newsletter_{at.year}q{at.month // 3}", "email", at, 450)
        for at in (
            datetime(2024 + quarter // 4, quarter % 4 * 3 + 3, 17, 8, tzinfo=UTC)
            for quarter in range(10)
        )
    ]
    plans.append(("sms_reminder_2025", "sms", datetime(2025, 8, 20, 15, tzinfo=UTC), 300))
    plans.append(("audience_ads_2026", "ads", datetime(2026, 1, 12, 7, tzinfo=UTC), 250))
    sends: list[tuple[datetime, Row]] = []
    for campaign, medium, at, size in plans:
        met = [c for c in shop.customers if c.known_since < at.date()]
        willing = [c for c in met if getattr(c, f"{medium}_consent", True)]
        for customer in dice.sample(willing, min(size, len(willing))):
            sent_at = at + timedelta(seconds=dice.integer(0, 900))
            sends.append((sent_at, send_row(dice, campaign, medium, "standard", customer, sent_at)))
    for arms in shop.arms:
        sends += arm_rows(dice, arms)
    sends.sort(key=lambda send: (send[0], send[1]["customer_id"]))
    return [{"send_id": f"M{number:06d}"} | row for number, (_, row) in enumerate(sends, start=1)]


def social_rows(dice: Dice) -> list[Row]:
    """Rows of `social_daily` for two networks whose followers grow."""
    rows: list[Row] = []
    followers = {"instagram": 5200, "telegram": 2100}
    day = FIRST_DAY
    while day <= AS_OF:
        for network, count in followers.items():
            followers[network] = count + dice.integer(-3, 14)
            likes = int(count * day_weight(day)) // dice.integer(25, 60)
            rows.append(
                {
                    "activity_date": day.isoformat(),
                    "network": network,
                    "followers": str(count),
                    "likes": str(likes),
                    "comments": str(likes // 12),
                    "shares": str(likes // 20),
                }
            )
        day += timedelta(days=1)
    return rows


def exchange_rates(dice: Dice) -> dict[date, int]:
    """USD per EUR in ten-thousandths, on working days from the Friday before the first day."""
    rates: dict[date, int] = {}
    rate = 11040
    day = FIRST_DAY - timedelta(days=3)
    while day <= AS_OF:
        if day.weekday() < 5 and (day.month, day.day) != (12, 25):
            rate += dice.integer(-45, 45)
            rate = min(max(rate, 10300), 11900)
            rates[day] = rate
        day += timedelta(days=1)
    return rates


def kpi_target_rows() -> list[Row]:
    """A handful of targets for 2026."""
    quarters = {"2026-01-01": "90000", "2026-04-01": "100000", "2026-07-01": "110000"}
    targets = [
        *(
            ("customer_flow.churn_rate", "gregorian", "quarter", start, "0.30", "max", "retention")
            for start in quarters
        ),
        *(
            ("revenue.net_revenue", "gregorian", "quarter", start, target, "min", "finance")
            for start, target in quarters.items()
        ),
        ("nps.nps", "gregorian", "year", "2026-01-01", "15", "min", "service"),
        ("acquisition.cac", "gregorian", "month", "2026-06-01", "12", "max", "marketing"),
        (
            "repeat_purchase.repeat_rate",
            "jalali",
            "month",
            "2026-05-22",
            "0.25",
            "min",
            "retention",
        ),
    ]
    names = ("metric", "calendar", "period_grain", "period_start", "target", "direction", "owner")
    return [dict(zip(names, target, strict=True)) for target in targets]


def arm_shares(shop: Shop) -> list[Row]:
    """The shares that both experiments were meant to have."""
    return [
        {"campaign": arms.experiment.campaign, "variant": variant, "share": "0.5"}
        for arms in shop.arms
        for variant in (arms.experiment.treated, "holdout")
    ]


def keep_books(shop: Shop) -> Books:
    """All clean rows of the shop, table by table."""
    books = Books()
    dice = Dice(10)
    lines: list[Row] = []
    for bought in shop.purchases:
        sale, items = sell(dice, bought)
        books.sales.append(sale)
        lines += items
    books.rates = exchange_rates(Dice(11))
    makers: dict[str, Callable[[], list[Row]]] = {
        "order_items": lambda: lines,
        "refunds": lambda: refund_rows(Dice(12), books.sales),
        "customers": lambda: customer_rows(Dice(13), shop.customers),
        "sessions": lambda: session_rows(Dice(14), shop, books.sales),
        "surveys": lambda: survey_rows(Dice(15), books),
        "subscriptions": lambda: subscription_rows(Dice(16), books.sales),
        "marketing_spend": lambda: spend_rows(Dice(17)),
        "campaign_sends": lambda: campaign_rows(Dice(18), shop),
        "social_daily": lambda: social_rows(Dice(19)),
        "fx_rates": lambda: [
            {"rate_date": day.isoformat(), "currency": "EUR", "rate": f"{rate / 10000:.4f}"}
            for day, rate in books.rates.items()
        ],
        "kpi_targets": kpi_target_rows,
        "experiment_arms": lambda: arm_shares(shop),
        "orders": lambda: [sale.row for sale in books.sales],
    }
    for table, make in makers.items():
        books.rows[table] = make()
    return books
