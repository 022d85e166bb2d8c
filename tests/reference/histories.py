"""Random small shops for the property tests, with days that sit on the edges of the rules.

`histories()` gives clean ones, `histories(dirty=True)` mixes in one row of every kind of fault
and an absent table now and then. `write_history` puts a history into a raw folder.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from .metrics import Vars
from .raw_rules import NOT_COUNTED, TABLES, Settings

ZONES = ("UTC", "Asia/Tehran", "America/New_York")
NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
EDGE_DAYS = (
    date(2022, 3, 22),  # Tehran skips midnight
    date(2022, 9, 21),  # Tehran shows 23:00 to 24:00 twice
    date(2023, 12, 31),
    date(2024, 2, 29),
    date(2024, 3, 10),  # New York skips 02:00 to 03:00
    date(2024, 3, 19),  # last day of 1402
    date(2024, 11, 3),  # New York shows 01:00 to 02:00 twice
    date(2025, 3, 20),  # 30 Esfand 1403
    date(2025, 3, 21),  # 1 Farvardin 1404
    date(2025, 5, 31),
)
CLOCKS = ("00:00", "00:30:00", "02:30:00", "12:00:00.250000", "19:45", "20:30:00", "23:59:59")
OFFSETS = ("", "Z", "+03:30", "+0330", "-05", "+14:00")
CHANNELS = ("Google", "instagram", "Unknown", " e-mail ", None)
CURRENCIES = (None, "usd", "EUR", " eur")


@dataclass(frozen=True)
class History:
    """Raw tables (an absent table has no entry) with the settings and variables to read them."""

    raw: dict[str, list[dict[str, Any]]]
    settings: Settings
    variables: Vars


def variables() -> st.SearchStrategy[Vars]:
    """Variables that small histories can feel."""
    return st.builds(
        Vars,
        churn_after_days=st.sampled_from((90, 7, 30, 31, 120)) | st.integers(7, 120),
        rfm_window_days=st.none() | st.sampled_from((1, 30, 90)) | st.integers(1, 120),
    )


def settings() -> st.SearchStrategy[Settings]:
    """Settings with as_of left to its default."""
    return st.builds(
        Settings,
        now=st.just(NOW),
        source_timezone=st.sampled_from(ZONES),
        business_timezone=st.sampled_from(ZONES),
        reporting_currency=st.just("USD"),
        not_counted_statuses=st.sampled_from((NOT_COUNTED, frozenset({"Returned", "draft"}))),
    )


def timestamps(day: date) -> st.SearchStrategy[str]:
    """Ways to write a moment on (about) that day: date only, local, or with an offset."""
    clocks = st.sampled_from(CLOCKS) | st.times(max_value=time(23, 59)).map(
        lambda value: value.isoformat("seconds")
    )
    moments = st.builds(
        lambda separator, clock, offset: f"{day}{separator}{clock}{offset}",
        st.sampled_from("T "),
        clocks,
        st.sampled_from(OFFSETS),
    )
    return st.just(str(day)) | moments


def gaps(churn_after_days: int) -> st.SearchStrategy[int]:
    """Days until the next order, often at the edge of a rule."""
    n = churn_after_days
    edges = (0, 1, n - 1, n, n + 1, 29, 30, 31, 60, 61, 2 * n, 2 * n // 3, 2 * n // 3 + 1)
    return st.sampled_from(edges) | st.integers(0, 200)


def money() -> st.SearchStrategy[str]:
    """Amounts that are not negative: few values, so that ties are common."""
    few = st.sampled_from(("0", "10", "10.00", "19.99", "0.00005", "1e2", "33.3333"))
    return few | st.decimals(0, 10_000, places=3).map(str)


@st.composite
def histories(
    draw: st.DrawFn,
    dirty: bool = False,
    choices: st.SearchStrategy[tuple[Settings, Vars]] | None = None,
) -> History:
    """A shop of 1 to 8 customers and at most 40 orders, its settings and its variables (any, or
    one of `choices`)."""
    around, chosen = draw(st.tuples(settings(), variables()) if choices is None else choices)
    ids = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    with_rates = draw(st.booleans())

    order_days = _order_days(draw, ids, chosen.churn_after_days)
    raw: dict[str, list[dict[str, Any]]] = {
        "orders": _numbered(draw, _orders(draw, order_days, with_rates))
    }
    days = [day for day, _ in order_days]
    optional: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "refunds": lambda: _refunds(draw, order_days),
        "order_items": lambda: _order_items(draw, order_days),
        "customers": lambda: _customers(draw, ids, days),
        "sessions": lambda: _sessions(draw, ids, days),
        "surveys": lambda: _surveys(draw, ids, days),
        "subscriptions": lambda: _subscriptions(draw, ids, days, with_rates),
        "marketing_spend": lambda: _marketing_spend(draw, days, with_rates),
        "campaign_sends": lambda: _campaign_sends(draw, ids, days),
        "social_daily": lambda: _social_daily(draw, days),
    }
    for table, make in optional.items():
        if draw(st.sampled_from((True, True, True, False))):
            raw[table] = _numbered(draw, make())
    if with_rates:
        raw["fx_rates"] = _numbered(draw, _fx_rates(draw, days))
    if dirty:
        raw = {table: _soiled(draw, table, rows, with_rates) for table, rows in raw.items()}

    around = replace(around, as_of=draw(_as_of_days(days, chosen.churn_after_days)))
    return History(raw, around, chosen)


def _as_of_days(days: list[date], churn_after_days: int) -> st.SearchStrategy[date | None]:
    """No as_of, or one among the orders, at a period's end, or when the last customer churns."""
    last = max(days)
    shifts = (-churn_after_days, -30, -1, 0, 1, 30, churn_after_days - 1, churn_after_days)
    candidates = [day + timedelta(days=shift) for shift in shifts for day in (min(days), last)]
    inside = [day for day in candidates + list(EDGE_DAYS) if min(days) <= day <= NOW.date()]
    return st.none() | st.sampled_from(sorted({*inside, last}))


def _order_days(
    draw: st.DrawFn, ids: list[str], churn_after_days: int
) -> list[tuple[date, str | None]]:
    """(day, customer or None for a guest) of each order, at least one and at most 40."""
    anchor = draw(st.sampled_from(EDGE_DAYS))
    placed: list[tuple[date, str | None]] = []
    for customer_id in [*ids, None]:
        most = min(8, 40 - len(placed))
        steps = draw(st.lists(gaps(churn_after_days), max_size=most))
        day = anchor + timedelta(days=draw(st.sampled_from((-1, 0, 0, 1, 30, 31))))
        for step in steps:
            if day > NOW.date() - timedelta(days=3):
                break
            placed.append((day, customer_id))
            day += timedelta(days=step)
    return placed or [(anchor, ids[0])]


def _currency(draw: st.DrawFn, with_rates: bool) -> str | None:
    choices: tuple[str | None, ...] = CURRENCIES if with_rates else CURRENCIES[:2]
    return draw(st.sampled_from(choices))


def _orders(
    draw: st.DrawFn, order_days: list[tuple[date, str | None]], with_rates: bool
) -> list[dict[str, Any]]:
    rows = []
    for number, (day, customer_id) in enumerate(order_days):
        row = {
            "order_id": f"o{number:02}",
            "customer_id": customer_id,
            "ordered_at": draw(timestamps(day)),
            "amount": draw(money()),
            "currency": _currency(draw, with_rates),
            "status": draw(st.sampled_from((None, "paid", "PAID", "Cancelled", "returned"))),
            "discount_amount": draw(st.none() | money()),
            "refund_amount": draw(st.sampled_from((None, None, "0", "5", "-2.5"))),
            "cost_amount": draw(st.none() | money()),
            "sales_channel": draw(st.sampled_from((None, "web", "app"))),
            "service": draw(st.sampled_from((None, "ride", "ride", "food", "market"))),
            "coupon_code": draw(st.sampled_from((None, None, None, "NEW"))),
            "session_id": draw(st.sampled_from((None, None, "s0", "s1", "s2", "no-session"))),
            "updated_at": draw(st.none() | _days_after(day)),
        }
        rows.append(row)
        if draw(st.integers(0, 5)) == 0:
            rows.append(
                row
                | {
                    "amount": draw(money()),
                    "status": draw(st.sampled_from((None, "cancelled"))),
                    "updated_at": draw(st.none() | st.just(row["updated_at"]) | _days_after(day)),
                }
            )
    return rows


def _days_after(day: date) -> st.SearchStrategy[str]:
    """A moment up to 120 days after a day."""
    return st.sampled_from((0, 1, 30, 90, 120)).flatmap(
        lambda shift: timestamps(min(day + timedelta(days=shift), NOW.date() - timedelta(days=2)))
    )


def _near(days: list[date]) -> st.SearchStrategy[str]:
    """A moment on, shortly before or some time after one of the days."""
    return st.tuples(st.sampled_from(days), st.sampled_from((-2, -1, 0, 0, 1, 29, 30))).flatmap(
        lambda chosen: timestamps(
            min(chosen[0] + timedelta(days=chosen[1]), NOW.date() - timedelta(days=2))
        )
    )


def _refunds(draw: st.DrawFn, order_days: list[tuple[date, str | None]]) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(0, 6))):
        position = draw(st.integers(0, len(order_days) - 1))
        rows.append(
            {
                "refund_id": f"r{number}",
                "order_id": f"o{position:02}",
                "refunded_at": draw(_days_after(order_days[position][0])),
                "amount": draw(st.sampled_from(("0", "3", "-4.5", "12000.00005"))),
            }
        )
    return rows


def _order_items(
    draw: st.DrawFn, order_days: list[tuple[date, str | None]]
) -> list[dict[str, Any]]:
    keys = draw(
        st.lists(
            st.tuples(st.integers(0, len(order_days) - 1), st.sampled_from(("1", "2", "02"))),
            max_size=6,
        )
    )
    return [
        {
            "order_id": f"o{position:02}",
            "line_number": line,
            "product_id": draw(st.sampled_from(("007", "7", "Tea"))),
            "category": draw(st.sampled_from((None, "Tea", "cake"))),
            "quantity": draw(st.sampled_from((None, "1", "2.5"))),
            "unit_price": draw(st.none() | money()),
        }
        for position, line in keys
    ]


def _customers(draw: st.DrawFn, ids: list[str], days: list[date]) -> list[dict[str, Any]]:
    known = draw(st.lists(st.sampled_from([*ids, "visitor", " c0 "]), max_size=8))
    return [
        {
            "customer_id": customer_id,
            "signed_up_at": draw(st.none() | _near(days)),
            "acquisition_channel": draw(st.sampled_from(CHANNELS)),
            "referred_by_customer_id": draw(st.sampled_from((None, "c0", "friend"))),
            "country": draw(st.sampled_from((None, "IR", "US"))),
            "birth_date": draw(st.sampled_from((None, "1990-05-04"))),
            "email_consent": draw(st.sampled_from((None, "TRUE", "no", "Unknown", "1"))),
            "updated_at": draw(st.none() | _near(days)),
        }
        for customer_id in known
    ]


def _sessions(draw: st.DrawFn, ids: list[str], days: list[date]) -> list[dict[str, Any]]:
    counts = st.sampled_from((None, "0", "0", "1", "3.0"))
    rows = []
    for number in range(draw(st.integers(0, 8))):
        started_at = draw(_near(days))
        rows.append(
            {
                "session_id": f"s{number}",
                "visitor_id": draw(st.sampled_from(("v1", "v2", "v3"))),
                "customer_id": draw(st.sampled_from([None, None, "window-shopper", *ids])),
                "started_at": started_at,
                "ended_at": draw(st.sampled_from((None, started_at)) | _near(days)),
                "utm_source": draw(st.sampled_from((None, "Instagram", "google", "nobody"))),
                "utm_medium": draw(st.sampled_from((None, "CPC", "email", "smoke"))),
                "page_views": draw(st.sampled_from((None, "0", "3", "12.0"))),
                "product_views": draw(counts),
                "cart_additions": draw(counts),
                "checkouts": draw(counts),
                "leads": draw(counts),
            }
        )
    return rows


def _surveys(draw: st.DrawFn, ids: list[str], days: list[date]) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from((None, "nps", "NPS", "nps", "csat", "ces")))
        highest = 5 if kind == "csat" else 10
        rows.append(
            {
                "response_id": f"a{number}",
                "customer_id": draw(st.sampled_from([None, "stranger", *ids])),
                "responded_at": draw(_near(days)),
                "survey_type": kind,
                "score": str(draw(st.integers(1 if kind == "csat" else 0, highest))),
                "reason": draw(st.sampled_from((None, "price", "all"))),
            }
        )
    return rows


def _subscriptions(
    draw: st.DrawFn, ids: list[str], days: list[date], with_rates: bool
) -> list[dict[str, Any]]:
    return [
        {
            "subscription_id": draw(st.sampled_from(("sub1", "sub2"))),
            "valid_from": draw(_near(days)),
            "customer_id": draw(st.sampled_from([*ids, "subscriber"])),
            "valid_to": draw(st.sampled_from((None, "2027-01-01"))),
            "mrr": draw(money()),
            "currency": _currency(draw, with_rates),
        }
        for _ in range(draw(st.integers(0, 4)))
    ]


def _marketing_spend(draw: st.DrawFn, days: list[date], with_rates: bool) -> list[dict[str, Any]]:
    return [
        {
            "spend_date": str(draw(st.sampled_from(days))),
            "channel": draw(st.sampled_from(("Google", "sms"))),
            "campaign": draw(st.sampled_from((None, "spring"))),
            "objective": draw(st.sampled_from((None, "acquisition", "winback"))),
            "currency": _currency(draw, with_rates),
            "amount": draw(money()),
            "clicks": draw(st.sampled_from((None, "0", "12"))),
        }
        for _ in range(draw(st.integers(0, 4)))
    ]


def _campaign_sends(draw: st.DrawFn, ids: list[str], days: list[date]) -> list[dict[str, Any]]:
    return [
        {
            "send_id": f"m{number}",
            "campaign": "spring",
            "customer_id": draw(st.sampled_from([*ids, "reader"])),
            "variant": draw(st.sampled_from(("holdout", "a"))),
            "sent_at": draw(_near(days)),
            "opened_at": draw(st.none() | _near(days)),
        }
        for number in range(draw(st.integers(0, 4)))
    ]


def _social_daily(draw: st.DrawFn, days: list[date]) -> list[dict[str, Any]]:
    return [
        {
            "activity_date": str(draw(st.sampled_from(days))),
            "network": draw(st.sampled_from(("instagram", "X", "smoke signals"))),
            "followers": draw(st.sampled_from((None, "100", "250"))),
            "likes": draw(st.sampled_from((None, "7"))),
            "shares": draw(st.sampled_from((None, "2"))),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]


def _fx_rates(draw: st.DrawFn, days: list[date]) -> list[dict[str, Any]]:
    """A euro rate from before the first order (so that clean histories need no other), and some
    more, also for the reporting currency, whose rate stays 1."""
    first = {
        "rate_date": str(min(days) - timedelta(days=10)),
        "currency": "EUR",
        "rate": "1.08333333333333",
    }
    more = [
        {
            "rate_date": str(draw(st.sampled_from(days))),
            "currency": draw(st.sampled_from(("eur", "EUR", "USD"))),
            "rate": draw(st.sampled_from(("1.1", "0.00001234567891", "42000"))),
        }
        for _ in range(draw(st.integers(0, 5)))
    ]
    return [first, *more]


# ---------------------------------------------------------------- files and faults


def _numbered(draw: st.DrawFn, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows spread over one or two files, numbered within each."""
    counts: dict[str, int] = {}
    placed = []
    for row in rows:
        file = draw(st.sampled_from(("part-1.csv", "part-1.csv", "part-2.csv")))
        counts[file] = counts.get(file, 0) + 1
        placed.append(row | {"_file": file, "_row": counts[file]})
    return placed


FAULTS: dict[str, tuple[Mapping[str, str | None], ...]] = {
    "orders": (
        {"order_id": "  "},
        {"ordered_at": None},
        {"ordered_at": "03/04/2024"},
        {"ordered_at": "2024-03-04T10:00+03:60"},
        {"ordered_at": "1850-01-01"},
        {"ordered_at": "2026-02-11"},
        {"ordered_at": "2026-02-10T09:30:01Z"},
        {"updated_at": "yesterday"},
        {"amount": None},
        {"amount": "12,50"},
        {"amount": "1e14"},
        {"amount": "99999999999999"},
        {"amount": "-1"},
        {"cost_amount": "-0.5"},
        {"currency": "XXX"},
        {"amount": "-1", "ordered_at": "soon"},
    ),
    "order_items": (
        {"order_id": "nowhere"},
        {"product_id": ""},
        {"quantity": "-1"},
        {"quantity": "two"},
    ),
    "refunds": (
        {"order_id": "nowhere"},
        {"refunded_at": "2024-13-01"},
        {"refunded_at": "2026-03-01"},
        {"amount": "NaN"},
        {"amount": "99999999999999"},
    ),
    "customers": (
        {"customer_id": None},
        {"email_consent": "maybe"},
        {"birth_date": "4 May"},
        {"signed_up_at": "2026-03-01"},
    ),
    "sessions": (
        {"visitor_id": ""},
        {"page_views": "1.5"},
        {"page_views": "-1"},
        {"ended_at": "25:00"},
    ),
    "surveys": (
        {"survey_type": "nps", "score": "11"},
        {"survey_type": "csat", "score": "0"},
        {"survey_type": "nps", "score": "7.5"},
        {"score": None},
    ),
    "subscriptions": ({"valid_from": None}, {"mrr": "free"}, {"valid_to": "never"}),
    "marketing_spend": ({"channel": " "}, {"spend_date": None}, {"amount": "-3"}),
    "campaign_sends": ({"variant": None}, {"sent_at": "2026-03-01"}, {"opened_at": "x"}),
    "social_daily": ({"network": None}, {"likes": "many"}),
    "fx_rates": (
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": None},
        {"rate_date": "2026-03-01"},
        {"currency": None},
    ),
}


def _soiled(
    draw: st.DrawFn, table: str, rows: list[dict[str, Any]], with_rates: bool
) -> list[dict[str, Any]]:
    """The rows, some of them with a fault, and perhaps a last line of the wrong length."""
    if not rows:
        return rows
    # Without rates a second currency stops the build instead of rejecting a row.
    faults = [fault for fault in FAULTS[table] if with_rates or "XXX" not in fault.values()]
    soiled = [
        {**row, **(draw(st.sampled_from(faults)) if draw(st.integers(0, 4)) == 4 else {})}
        for row in rows
    ]
    if draw(st.booleans()):
        file = soiled[-1]["_file"]
        number = max(row["_row"] for row in soiled if row["_file"] == file) + 1
        soiled.append({"_file": file, "_row": number, "_bad_line": "no,table,has,five,columns"})
    return soiled


def write_history(history: History, folder: Path) -> None:
    """Write each table as CSV files `folder/<table>/<file>`, every declared column in each."""
    for table, rows in history.raw.items():
        names = [column.name for column in TABLES[table].columns]
        (folder / table).mkdir(parents=True)
        for file in sorted({row["_file"] for row in rows} or {"part-1.csv"}):
            path = folder / table / file
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.writer(handle, lineterminator="\n")
                writer.writerow(names)
                for row in rows:
                    if row["_file"] != file:
                        continue
                    if "_bad_line" in row:
                        handle.write(row["_bad_line"] + "\n")
                    else:
                        writer.writerow([row.get(name) for name in names])
