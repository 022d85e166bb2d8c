"""The clean rows as a careless export would deliver them: rows sent twice, corrected, broken.

Every row gets its fate here, by construction: a clean row is staged; a version that a later one
replaces is superseded; a broken row is one more row, made from a copy of a clean one, and never
takes that one's place. So what the raw contract must count is known without reading a file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from examples.demo_shop.dice import Dice
from examples.demo_shop.raw_files import STAGED, SUPERSEDED, RawTable, Row
from examples.demo_shop.shop import Shop
from examples.demo_shop.tables import Books

COLUMNS = {
    "orders": (
        "order_id",
        "customer_id",
        "ordered_at",
        "amount",
        "currency",
        "status",
        "discount_amount",
        "refund_amount",
        "cost_amount",
        "sales_channel",
        "service",
        "coupon_code",
        "session_id",
        "updated_at",
        "payment_method",
    ),
    "order_items": (
        "order_id",
        "line_number",
        "product_id",
        "category",
        "brand",
        "quantity",
        "unit_price",
        "discount_amount",
        "unit_cost",
    ),
    "refunds": ("refund_id", "order_id", "refunded_at", "amount"),
    "customers": (
        "customer_id",
        "signed_up_at",
        "acquisition_channel",
        "acquisition_campaign",
        "referred_by_customer_id",
        "country",
        "region",
        "city",
        "birth_date",
        "email",
        "phone",
        "email_consent",
        "sms_consent",
        "push_consent",
        "updated_at",
    ),
    "sessions": (
        "session_id",
        "visitor_id",
        "customer_id",
        "started_at",
        "ended_at",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "device",
        "page_views",
        "product_views",
        "cart_additions",
        "checkouts",
        "leads",
    ),
    "surveys": (
        "response_id",
        "customer_id",
        "responded_at",
        "survey_type",
        "score",
        "reason",
        "comment",
    ),
    "subscriptions": ("subscription_id", "valid_from", "customer_id", "valid_to", "mrr"),
    "marketing_spend": (
        "spend_date",
        "channel",
        "campaign",
        "objective",
        "currency",
        "amount",
        "impressions",
        "clicks",
    ),
    "campaign_sends": (
        "send_id",
        "campaign",
        "customer_id",
        "medium",
        "variant",
        "sent_at",
        "delivered_at",
        "opened_at",
        "clicked_at",
        "unsubscribed_at",
        "complained_at",
    ),
    "social_daily": ("activity_date", "network", "followers", "likes", "comments", "shares"),
    "fx_rates": ("rate_date", "currency", "rate"),
}
# What the files call a column of the contract; `columns.yml` tells it.
HEADERS = {
    "orders": {"order_id": "Order Number", "customer_id": "Customer", "ordered_at": "Placed At"},
    "social_daily": {"activity_date": "day"},
}
# Values that no file has.
CONSTANTS = {"subscriptions": {"currency": "EUR"}}
LOOKUPS = ("kpi_targets", "experiment_arms")

RESENT_ORDERS = "orders/orders_2026q3_resent.csv.gz"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's rows go: the file of a row, and the file of what is sent again."""

    file_of: Callable[[Row], str]
    resent: str


def one_file(name: str) -> Layout:
    """Everything in one file; what is sent again stands at its end."""
    return Layout(lambda _: name, name)


def quarter_file(row: Row) -> str:
    """The orders' file of a row."""
    year, month = row["ordered_at"][:4], int(row["ordered_at"][5:7])
    return f"orders/orders_{year}q{(month + 2) // 3}.csv.gz"


LAYOUTS = {
    "orders": Layout(quarter_file, RESENT_ORDERS),
    "order_items": Layout(
        lambda row: f"order_items/part_{int(row['order_id']) // 8000}.csv.gz",
        "order_items/part_resent.csv.gz",
    ),
    "refunds": one_file("refunds.csv"),
    "customers": Layout(
        lambda _: "customers/customers_2026_05.csv.gz", "customers/customers_2026_06.csv.gz"
    ),
    "sessions": Layout(
        lambda row: f"sessions/sessions_{row['started_at'][:4]}.csv.gz",
        "sessions/sessions_resent.csv.gz",
    ),
    "surveys": one_file("surveys.csv.gz"),
    "subscriptions": Layout(
        lambda _: "subscriptions/subscriptions_2026_05.csv",
        "subscriptions/subscriptions_2026_06.csv",
    ),
    "marketing_spend": one_file("marketing_spend.csv"),
    "campaign_sends": one_file("campaign_sends.csv.gz"),
    "social_daily": one_file("social_daily.csv"),
    "fx_rates": one_file("fx_rates.csv"),
}

# How many rows are sent again, and what the first version had in the columns that changed since.
RESENT: dict[str, tuple[int, dict[str, tuple[str, ...]]]] = {
    "orders": (60, {"amount": ("1.00", "999.00"), "status": ("paid", "Cancelled")}),
    "order_items": (30, {"unit_cost": ("0.01", "")}),
    "refunds": (6, {"amount": ("1.00",)}),
    "customers": (80, {"city": ("Unknown", ""), "email_consent": ("true", "false")}),
    "sessions": (45, {"page_views": ("1",), "ended_at": ("",)}),
    "surveys": (15, {"score": ("1", "5"), "comment": ("typing ...",)}),
    "subscriptions": (20, {"valid_to": ("",)}),
    "marketing_spend": (8, {"amount": ("0.50",), "clicks": ("",)}),
    "campaign_sends": (20, {"opened_at": ("",), "clicked_at": ("",)}),
    "social_daily": (8, {"followers": ("1",)}),
    "fx_rates": (3, {"rate": ("1.5000", "0.9000")}),
}
# Orders sent a second time without any change, the id padded with blanks.
PADDED_ORDERS = 25
# Orders of which an out-of-date version arrives after the right one.
STALE_ORDERS = 8

FUTURE = "2099-01-01T00:00:00Z"
BAD_LINES = {
    "orders": 6,
    "order_items": 4,
    "customers": 3,
    "sessions": 5,
    "surveys": 2,
    "campaign_sends": 3,
}
# Reason, broken columns, how many rows of the kind.
BROKEN: dict[str, tuple[tuple[str, Row, int], ...]] = {
    "orders": (
        ("missing_key", {"order_id": ""}, 3),
        ("missing_key", {"order_id": "   "}, 3),
        ("missing_key", {"order_id": "", "ordered_at": FUTURE, "amount": "n/a"}, 1),
        ("bad_timestamp", {"ordered_at": "not a date"}, 3),
        ("bad_timestamp", {"ordered_at": "2025-02-30 10:00:00"}, 3),
        ("bad_timestamp", {"updated_at": "yesterday"}, 2),
        ("bad_number", {"amount": "n/a"}, 4),
        ("bad_number", {"amount": "twelve"}, 2),
        ("bad_number", {"cost_amount": "12,50"}, 2),
        ("negative_amount", {"amount": "-12.00"}, 5),
        ("negative_amount", {"discount_amount": "-1.00"}, 2),
        ("future_timestamp", {"ordered_at": FUTURE}, 6),
        ("missing_fx_rate", {"currency": "GBP"}, 8),
    ),
    "order_items": (
        ("missing_key", {"product_id": ""}, 6),
        ("missing_key", {"line_number": ""}, 4),
        ("bad_number", {"quantity": "two"}, 6),
        ("bad_number", {"unit_cost": "?"}, 4),
        ("negative_amount", {"quantity": "-1"}, 8),
        ("negative_amount", {"unit_price": "-4.20"}, 4),
        ("unknown_order", {"order_id": "7000001"}, 18),
    ),
    "refunds": (
        ("missing_key", {"refund_id": ""}, 1),
        ("bad_timestamp", {"refunded_at": "soon"}, 1),
        ("bad_number", {"amount": "all of it"}, 1),
        ("future_timestamp", {"refunded_at": FUTURE}, 1),
        ("unknown_order", {"order_id": "7000002"}, 2),
    ),
    "customers": (
        ("missing_key", {"customer_id": ""}, 4),
        ("bad_timestamp", {"signed_up_at": "Nowruz"}, 5),
        ("bad_boolean", {"email_consent": "perhaps"}, 5),
        ("bad_boolean", {"push_consent": "ask again"}, 3),
        ("future_timestamp", {"signed_up_at": FUTURE}, 3),
    ),
    "sessions": (
        ("missing_key", {"visitor_id": ""}, 8),
        ("missing_key", {"session_id": " "}, 4),
        ("bad_timestamp", {"started_at": "24:61"}, 8),
        ("bad_timestamp", {"ended_at": "late"}, 6),
        ("bad_number", {"page_views": "many"}, 8),
        ("future_timestamp", {"started_at": FUTURE, "ended_at": ""}, 6),
    ),
    "surveys": (
        ("missing_key", {"response_id": ""}, 2),
        ("bad_timestamp", {"responded_at": "today"}, 3),
        ("bad_number", {"score": "ten"}, 3),
        ("score_out_of_range", {"survey_type": "nps", "score": "11"}, 4),
        ("score_out_of_range", {"survey_type": "nps", "score": "-1"}, 2),
        ("score_out_of_range", {"survey_type": "nps", "score": "7.5"}, 2),
        ("score_out_of_range", {"survey_type": "csat", "score": "0"}, 2),
        ("score_out_of_range", {"survey_type": "csat", "score": "6"}, 2),
        ("future_timestamp", {"responded_at": FUTURE}, 3),
    ),
    "subscriptions": (
        ("missing_key", {"customer_id": ""}, 1),
        ("bad_timestamp", {"valid_from": "first of May"}, 1),
        ("bad_number", {"mrr": "free"}, 1),
        ("negative_amount", {"mrr": "-6.99"}, 1),
    ),
    "marketing_spend": (
        ("missing_key", {"channel": ""}, 1),
        ("bad_timestamp", {"spend_date": "week 12"}, 1),
        ("bad_number", {"amount": "tbd"}, 2),
        ("negative_amount", {"amount": "-5.00"}, 2),
        ("missing_fx_rate", {"currency": "GBP"}, 2),
    ),
    "campaign_sends": (
        ("missing_key", {"customer_id": ""}, 5),
        ("missing_key", {"variant": " "}, 3),
        ("bad_timestamp", {"sent_at": "noon"}, 5),
        ("bad_timestamp", {"opened_at": "never"}, 5),
        ("future_timestamp", {"sent_at": FUTURE}, 4),
    ),
    "social_daily": (
        ("missing_key", {"network": ""}, 3),
        ("bad_timestamp", {"activity_date": "2025-13-01"}, 3),
        ("bad_number", {"followers": "5.2k"}, 4),
        ("future_timestamp", {"activity_date": "2099-01-01"}, 2),
    ),
    "fx_rates": (
        ("missing_key", {"currency": ""}, 1),
        ("bad_timestamp", {"rate_date": "31.12.2025"}, 1),
        ("bad_number", {"rate": "1,08"}, 2),
        ("future_timestamp", {"rate_date": "2099-01-01"}, 1),
    ),
}
# What makes a broken row's key its own. The other tables' keys are left as they were copied.
NEW_KEYS: dict[str, Callable[[int], Row]] = {
    "orders": lambda number: {"order_id": f"{90000 + number:07d}", "updated_at": ""},
    "order_items": lambda number: {"line_number": str(90 + number)},
    "refunds": lambda number: {"refund_id": f"R9{number:04d}"},
    "sessions": lambda number: {"session_id": f"S9{number:05d}"},
    "surveys": lambda number: {"response_id": f"Q9{number:04d}"},
    "subscriptions": lambda number: {"subscription_id": f"P9{number:03d}"},
    "marketing_spend": lambda number: {"campaign": f"trial_{number}"},
    "campaign_sends": lambda number: {"send_id": f"M9{number:05d}"},
}
# Items and refunds of rejected orders: for so many of these orders, one of each.
ITEMS_OF_REJECTED_ORDERS = 12
REFUNDS_OF_REJECTED_ORDERS = 1
# Orders whose newer version is broken, so that the older one stands.
BROKEN_NEWER_ORDERS = 3


def older(table: str, dice: Dice, row: Row) -> Row:
    """The version of a row that was delivered first and that a later one replaces."""
    columns = RESENT[table][1]
    version = row | {column: dice.pick(values) for column, values in columns.items()}
    if table == "orders":
        version["updated_at"] = ""
    return version


def version_stamp(table: str, row: Row) -> Row:
    """`updated_at` of a version sent again, for the tables that have it."""
    if table == "orders":
        return row | {"updated_at": "2026-06-30T20:00:00Z"}
    if table == "customers":
        return row | {"updated_at": "2026-06-30 21:15:00"}
    return row


def may_change(table: str, row: Row) -> bool:
    """Whether a correction of this row makes sense: what was corrected had a value."""
    if table == "subscriptions":
        return row["valid_to"].startswith("2026")
    if table == "campaign_sends":
        return bool(row.get("opened_at"))
    if table == "orders":
        return "updated_at" not in row
    return True


def file_rows(table: str, dice: Dice, rows: list[Row]) -> RawTable:
    """Clean rows and versions in files; the last version of each is the staged one."""
    raw = RawTable(COLUMNS[table], HEADERS.get(table, {}))
    layout = LAYOUTS[table]
    positions = [n for n, row in enumerate(rows) if may_change(table, row)]
    padded = PADDED_ORDERS if table == "orders" else 0
    stale = STALE_ORDERS if table == "orders" else 0
    chosen = dice.sample(positions, RESENT[table][0] + padded + stale)
    same, late = set(chosen[:padded]), set(chosen[padded : padded + stale])
    corrected = set(chosen[padded + stale :])
    again: list[tuple[Row, str]] = []
    for position, row in enumerate(rows):
        file = layout.file_of(row)
        if position in corrected:
            raw.append(file, older(table, dice, row), SUPERSEDED)
            again.append((version_stamp(table, row), STAGED))
        elif position in same:
            raw.append(file, row, SUPERSEDED)
            again.append((row | {"order_id": f"  {row['order_id']} "}, STAGED))
        elif position in late:
            raw.append(file, version_stamp(table, row))
            again.append((older(table, dice, row), SUPERSEDED))
        else:
            raw.append(file, row)
    for row, fate in again:
        raw.append(layout.resent, row, fate)
    return raw


def break_rows(table: str, raw: RawTable, dice: Dice, rows: list[Row]) -> list[Row]:
    """Adds the broken rows and lines of a table; returns the broken rows."""
    broken: list[Row] = []
    for reason, columns, count in BROKEN[table]:
        for _ in range(count):
            key = NEW_KEYS[table](len(broken) + 1) if table in NEW_KEYS else {}
            row = dice.pick(rows) | key | columns
            raw.strew(dice, row, reason)
            broken.append(row)
    for number in range(BAD_LINES.get(table, 0)):
        fields = 3 if number % 2 else len(raw.columns) + 2
        line = ",".join(f"broken {field}" for field in range(fields))
        raw.strew(dice, line, "bad_line")
    return broken


def soil(shop: Shop, books: Books) -> dict[str, RawTable]:
    """All raw tables with their dirt, in files."""
    dice = Dice(20)
    tables: dict[str, RawTable] = {}
    broken: dict[str, list[Row]] = {}
    unrecorded = cycle([c.customer_id for c in shop.customers if not c.has_record])
    for table in COLUMNS:
        rows = books.rows[table]
        tables[table] = file_rows(table, dice, rows)
        if table == "customers":
            # Customers of whom no readable record exists: the broken ones would have been theirs.
            rows = [row | {"customer_id": next(unrecorded)} for row in rows[:50]]
        broken[table] = break_rows(table, tables[table], dice, rows)
    for row in dice.sample(books.rows["orders"], BROKEN_NEWER_ORDERS):
        newer = row | {"amount": "see invoice", "updated_at": "2026-06-30T23:00:00Z"}
        tables["orders"].strew(dice, newer, "bad_number")
    rejected = [row["order_id"] for row in broken["orders"] if row["order_id"].strip()]
    for order_id in rejected[:ITEMS_OF_REJECTED_ORDERS]:
        item = dice.pick(books.rows["order_items"]) | {"order_id": order_id}
        tables["order_items"].strew(dice, item, "unknown_order")
    for order_id in rejected[:REFUNDS_OF_REJECTED_ORDERS]:
        row = dice.pick(books.rows["refunds"]) | {"order_id": order_id, "refund_id": "R90100"}
        tables["refunds"].strew(dice, row, "unknown_order")
    # The last file was exported by hand: other order of columns, one column fewer.
    tables["orders"].layouts[RESENT_ORDERS] = tuple(reversed(COLUMNS["orders"][:-1]))
    return tables
