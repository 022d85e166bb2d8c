"""Attacks on versions, visibility, time zones and currencies: one shop in Los Angeles whose system
writes Berlin time, built without AS_OF in the morning of 2026-07-01."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.raw.folder import csv_text, write_folder
from tests.raw.ledger_build import Ledgers, utc

ORDERS = ["order_id", "customer_id", "ordered_at", "amount", "currency", "updated_at", "status"]
DAY = "2026-06-15"  # a day on which nothing else happens
AS_OF = date(2026, 6, 30)

# Versions of an order by file: (key, updated_at, amount). The amount tells which one counts.
VERSIONS: dict[str, list[tuple[str, str, str]]] = {
    "orders/v1.csv": [
        ("greatest", "2026-06-15T10:00:00Z", "2"),
        ("greatest", "2026-06-01T10:00:00Z", "1"),
        ("end of as_of", "2026-07-01T06:59:59.999999Z", "2"),
        ("after as_of", "2026-06-01", "2"),
        ("null is not newest", "", "1"),
        ("null before later", "", "2"),
        ("earliest later", "2026-07-03T00:00:00Z", "2"),
        ("later file", "2026-06-20", "1"),
        ("later row", "2026-06-20", "1"),
        ("later row", "2026-06-20", "2"),
        ("without any", "", "1"),
        ("re-sent", "2026-06-20", "2"),
        ("rejected newer", "2026-06-20", "2"),
        ("same instant", "2026-06-20T12:00:00Z", "1"),
        (" trimmed\u00a0", "2026-06-20", "1"),
        ("Case", "2026-06-20", "1"),
        ("case", "2026-06-20", "2"),
    ],
    "orders/v10.csv": [
        ("by name", "2026-06-20", "1"),
    ],
    "orders/v2.csv": [
        ("greatest", "2026-06-10T10:00:00Z", "1"),
        ("end of as_of", "2026-06-30", "1"),
        ("after as_of", "2026-07-01T07:00:00Z", "1"),
        ("null is not newest", "2026-06-01", "2"),
        ("null before later", "2026-07-05", "1"),
        ("earliest later", "2026-07-05", "1"),
        ("later file", "2026-06-20", "2"),
        ("without any", "", "2"),
        ("re-sent", "2026-06-20", "2"),
        ("rejected newer", "2026-06-25", "many"),
        ("same instant", "2026-06-20T14:00:00+02:00", "2"),
        ("trimmed", "2026-06-20", "2"),
        ("by name", "2026-06-20", "2"),
    ],
}
VERSION_KEYS = {key.strip(" \u00a0") for rows in VERSIONS.values() for key, _, _ in rows}

# ordered_at as written → (UTC, business date in Los Angeles); without an offset it is Berlin time.
MOMENTS: dict[str, tuple[datetime, date]] = {
    "2026-06-10": (utc(2026, 6, 10, 7), date(2026, 6, 10)),
    "2026-06-10T00:30:00": (utc(2026, 6, 9, 22, 30), date(2026, 6, 9)),
    "2026-06-10 09:00": (utc(2026, 6, 10, 7), date(2026, 6, 10)),
    "2026-06-10T08:59:59.999999": (utc(2026, 6, 10, 6, 59, 59, 999999), date(2026, 6, 9)),
    "2026-01-02T08:59:59": (utc(2026, 1, 2, 7, 59, 59), date(2026, 1, 1)),
    "2026-01-02t09:00:00": (utc(2026, 1, 2, 8), date(2026, 1, 2)),
    "2026-06-10T23:30:00-05:00": (utc(2026, 6, 11, 4, 30), date(2026, 6, 10)),
    "2026-06-10T23:30:00+0530": (utc(2026, 6, 10, 18), date(2026, 6, 10)),
    "2026-06-10T06:30:00+14": (utc(2026, 6, 9, 16, 30), date(2026, 6, 9)),
    "2026-06-10 06:59:59 z": (utc(2026, 6, 10, 6, 59, 59), date(2026, 6, 9)),
    " 2026-06-10T07:00Z ": (utc(2026, 6, 10, 7), date(2026, 6, 10)),
    "2026-06-10T07:00:00.123456789Z": (utc(2026, 6, 10, 7, 0, 0, 123456), date(2026, 6, 10)),
    # The nights on which Los Angeles puts its clocks forward and back.
    "2026-03-08T07:59:59Z": (utc(2026, 3, 8, 7, 59, 59), date(2026, 3, 7)),
    "2026-03-09T06:59:59Z": (utc(2026, 3, 9, 6, 59, 59), date(2026, 3, 8)),
    "2026-03-09T07:00:00Z": (utc(2026, 3, 9, 7), date(2026, 3, 9)),
    "2025-11-02T06:59:59Z": (utc(2025, 11, 2, 6, 59, 59), date(2025, 11, 1)),
    "2025-11-03T07:59:59Z": (utc(2025, 11, 3, 7, 59, 59), date(2025, 11, 2)),
    "2025-11-03T08:00:00Z": (utc(2025, 11, 3, 8), date(2025, 11, 3)),
    "2025-11-02": (utc(2025, 11, 2, 7), date(2025, 11, 2)),
    # And Berlin: 00:30 on the wall before and after the night of the change.
    "2026-03-29T00:30:00": (utc(2026, 3, 28, 23, 30), date(2026, 3, 28)),
    "2026-03-30T00:30:00": (utc(2026, 3, 29, 22, 30), date(2026, 3, 29)),
}

AMOUNTS = {
    "0.00005": "0.0001",
    "0.00004999": "0.0000",
    "1.00005": "1.0001",
    "2.5e-1": "0.2500",
    "5E-5": "0.0001",
    "+3.": "3.0000",
    ".5": "0.5000",
    " 7 ": "7.0000",
    "99999999999999.9999": "99999999999999.9999",
    "-0.0": "0.0000",
    "007": "7.0000",
}


def order(key: str, ordered_at: str = DAY, **others: str) -> list[str]:
    values = {"order_id": key, "ordered_at": ordered_at, "amount": "10", **others}
    return [values.get(name, "") for name in ORDERS]


def files() -> dict[str, Any]:
    moments = [order(f"moment {text}", text) for text in MOMENTS]
    amounts = [order(f"amount {text}", amount=text) for text in AMOUNTS]
    fx_orders = [
        order("eur first day", "2026-06-01", currency="EUR"),
        order("eur day before change", "2026-06-10T06:59:59Z", currency=" eur "),
        order("eur day of change", "2026-06-10T07:00:00Z", currency="EUR"),
        order("eur long after", "2026-06-30", currency="EUR", amount="0.0333"),
        order("eur before", "2026-05-31", currency="EUR"),
        order("too much", currency="EUR", amount="99999999999999"),
        order("usd", "2020-01-01", currency="usd"),
        order("null currency", "2020-01-01"),
        order("toman", "2026-06-10", currency="IRT", amount="1234567"),
    ]
    seen = [
        order("today", "2026-07-01"),
        order("this morning", "2026-07-01T07:00:00Z"),
        order("last night", "2026-07-01T06:59:59Z"),
        order("moved to today", DAY, updated_at="2026-06-01"),
        order("moved to today", "2026-07-01", updated_at="2026-06-02"),
    ]
    sheets = {
        name: csv_text(
            ORDERS, [order(key, updated_at=at, amount=amount) for key, at, amount in rows]
        )
        for name, rows in VERSIONS.items()
    }
    return {
        **sheets,
        "orders/a.csv": csv_text(ORDERS, [*moments, *amounts, *fx_orders, *seen], end="\r\n"),
        "orders/blank.csv": csv_text(ORDERS, [order("blank", customer_id=" ", status="\u00a0\t")]),
        "orders/typed.parquet": pa.table(
            {
                "order_id": ["typed date", "typed wall clock", "typed moment"],
                "ordered_at": ["2026-06-10", "2026-06-10 00:00:00", "2026-06-10 00:00:00+00"],
                "amount": [1, 1, 1],
            }
        ),
        "order_items.csv": csv_text(
            ["order_id", "line_number", "product_id", "quantity"],
            [
                ["this morning", "1", "p", "1"],
                ["last night", "1", "p", "1"],
                ["last night", "01", "p", "1"],
                ["last night", "1", "q", "1"],
                ["moved to today", "1", "p", "1"],
            ],
        ),
        "refunds.csv": csv_text(
            ["refund_id", "order_id", "refunded_at", "amount"],
            [
                ["1", "eur day before change", "2026-06-20", "-2.5"],
                ["2", "last night", "2026-07-01", "1"],
                ["3", "this morning", "2026-06-20", "1"],
            ],
        ),
        "customers.csv": csv_text(
            ["customer_id", "signed_up_at", "email", "phone", "country", "updated_at"],
            [
                ["always", "", " ANN@Example.com ", "+1 555", " ", ""],
                ["tomorrow", "2026-07-01T08:00:00Z", "", "", "", ""],
                ["moved", "2026-06-01", "ann@example.com", "", "DE", "2026-06-01"],
                ["moved", "2026-06-01", "", "", "FR", "2026-07-01T08:00:00Z"],
            ],
        ),
        "sessions.parquet": pa.table(
            {
                "session_id": [1, 2],
                "visitor_id": [1, 1],
                # Berlin wall clock: 08:59 on the 1st is 23:59 of 30 June in Los Angeles.
                "started_at": [utc(2026, 7, 1, 8, 59), utc(2026, 7, 1, 9)],
                "ended_at": [utc(2026, 7, 1, 9, 30), None],
            }
        ),
        "social_daily.parquet": pa.table(
            {"activity_date": [date(2026, 6, 30), date(2026, 7, 1)], "network": ["x", "x"]}
        ),
        "campaign_sends.csv": csv_text(
            [
                "send_id",
                "campaign",
                "customer_id",
                "variant",
                "sent_at",
                "delivered_at",
                "opened_at",
            ],
            [["1", "c", "always", "a", DAY, "2026-07-01T06:59:59Z", "2026-07-01T07:00:00Z"]],
        ),
        "subscriptions.csv": csv_text(
            ["subscription_id", "valid_from", "customer_id", "valid_to", "mrr", "currency"],
            [
                ["1", "2026-06-01", "always", "2030-01-01", "10", "EUR"],
                ["1", "2026-06-01T09:00:00", "always", "2031-01-01", "11", "EUR"],
                ["1", "2026-06-01T09:00:01", "always", "", "12", "EUR"],
            ],
        ),
        "marketing_spend.csv": csv_text(
            ["spend_date", "channel", "campaign", "amount", "currency", "objective"],
            [
                [DAY, "search", "", "1", "", ""],
                [DAY, "search", "  ", "2", "", ""],
                [DAY, "search", "x", "4", "", "Winback "],
                [DAY, "search", "x", "8", "EUR", "winback"],
            ],
        ),
        "fx_rates/1.csv": csv_text(
            ["rate_date", "currency", "rate"],
            [
                ["2026-06-01", "EUR", "9"],
                ["2026-06-10", "eur", "1.2"],
                ["2026-06-01", "IRT", "0.00002345678901"],
                ["2020-01-01", "USD", "5"],
            ],
        ),
        "fx_rates/2.csv": csv_text(
            ["rate_date", "currency", "rate"], [["2026-06-01", "EUR", "1.10"]]
        ),
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    folder = tmp_path_factory.mktemp("time")
    return Ledgers(
        write_folder(folder / "raw", files()),
        folder / "warehouse",
        business_timezone="America/Los_Angeles",
        source_timezone="Europe/Berlin",
    )


def staged(shop: Ledgers, columns: str, where: str) -> list[tuple[Any, ...]]:
    return shop.rows(f"select {columns} from staging.orders where {where} order by order_id")


def test_as_of_is_the_newest_day_that_is_over(shop: Ledgers) -> None:
    # Orders of today, and a rejected one, must not make a half day count as a whole one.
    assert shop.rows("select as_of, as_of_end_at, run_at from staging.run_context") == [
        (AS_OF, utc(2026, 7, 1, 7), utc(2026, 7, 1, 12))
    ]


def test_a_timestamp_is_placed_on_its_business_date(shop: Ledgers) -> None:
    rows = staged(shop, "substr(order_id, 8), ordered_at, event_date", "order_id like 'moment%'")
    assert {text.strip(): (at, day) for text, at, day in rows} == {
        text.strip(): moment for text, moment in MOMENTS.items()
    }


def test_a_date_in_parquet_is_not_shifted_beside_timestamps(shop: Ledgers) -> None:
    assert staged(shop, "order_id, event_date", "order_id like 'typed%'") == [
        ("typed date", date(2026, 6, 10)),
        ("typed moment", date(2026, 6, 9)),
        ("typed wall clock", date(2026, 6, 9)),
    ]
    assert shop.rows("select activity_date from staging.social_daily") == [(date(2026, 6, 30),)]
    assert shop.rows("select session_id, event_date from staging.sessions") == [("1", AS_OF)]


def test_the_right_version_counts(shop: Ledgers) -> None:
    keys = ", ".join(f"'{key}'" for key in VERSION_KEYS)
    rows = staged(shop, "order_id, cast(amount as integer)", f"order_id in ({keys})")
    assert dict(rows) == {**dict.fromkeys(VERSION_KEYS, 2), "Case": 1}


def test_a_version_that_is_not_visible_hides_the_older_one(shop: Ledgers) -> None:
    # Versions are chosen before visibility: the order lies on 1 July now, whatever it once said.
    assert staged(shop, "order_id", "order_id like '%today%' or order_id like '%morning'") == []


def test_a_customer_version_of_tomorrow_does_not_count_yet(shop: Ledgers) -> None:
    assert shop.rows("select customer_id, country from staging.customers order by 1") == [
        ("always", None),
        ("moved", "DE"),
    ]


def test_items_and_refunds_are_as_visible_as_their_order(shop: Ledgers) -> None:
    assert shop.rows(
        "select order_id, line_number, product_id from staging.order_items order by 2"
    ) == [("last night", "01", "p"), ("last night", "1", "q")]
    assert shop.rows("select refund_id, cast(amount as varchar) from staging.refunds") == [
        ("1", "2.5000")
    ]


def test_what_happens_after_as_of_has_not_happened_yet(shop: Ledgers) -> None:
    assert shop.rows("select delivered_at, opened_at from staging.campaign_sends") == [
        (utc(2026, 7, 1, 6, 59, 59), None)
    ]
    assert shop.rows("select ended_at from staging.sessions") == [(None,)]
    # A subscription's end is a promise: it may lie in the future.
    assert shop.rows("select mrr, valid_to from staging.subscriptions order by mrr") == [
        (Decimal("12.1000"), utc(2031, 1, 1, 8)),
        (Decimal("13.2000"), None),
    ]


def test_null_parts_of_a_key_are_equal(shop: Ledgers) -> None:
    # Two exports of the spend without a campaign would be added up.
    assert shop.rows(
        "select campaign, cast(amount as varchar) from staging.marketing_spend order by amount"
    ) == [(None, "2.0000"), ("x", "4.0000"), ("x", "9.6000")]


def test_blank_text_is_null(shop: Ledgers) -> None:
    assert staged(shop, "customer_id, currency, status, updated_at", "order_id = 'blank'") == [
        (None, None, None, None)
    ]


def test_numbers_round_half_up_at_four_decimals(shop: Ledgers) -> None:
    rows = staged(shop, "substr(order_id, 8), cast(amount as varchar)", "order_id like 'amount%'")
    assert {text.strip(): amount for text, amount in rows} == {
        text.strip(): expected for text, expected in AMOUNTS.items()
    }


def test_money_takes_the_latest_rate_on_or_before_its_day(shop: Ledgers) -> None:
    # The day is the business date: 06:59 UTC on 10 June is still 9 June in Los Angeles. The
    # reporting currency is worth 1, whatever fx_rates says of it; a re-sent rate replaces the old.
    assert staged(
        shop,
        "order_id, cast(amount as varchar)",
        "order_id like 'eur%' or order_id in ('usd', 'null currency', 'toman')",
    ) == [
        ("eur day before change", "11.0000"),
        ("eur day of change", "12.0000"),
        ("eur first day", "11.0000"),
        ("eur long after", "0.0400"),
        ("null currency", "10.0000"),
        ("toman", "28.9590"),
        ("usd", "10.0000"),
    ]
    # "many" is no amount, there was no rate in May, and an amount that does not fit once it is
    # converted falls alone: it stopped the build.
    assert sorted(shop.reasons().values()) == ["bad_number", "bad_number", "missing_fx_rate"]


def test_a_refund_takes_the_rate_of_its_order(shop: Ledgers) -> None:
    # 2.5 EUR paid back on 20 June, at 1.2; the order was of 9 June, at 1.1.
    assert shop.rows(
        "select cast(amount as varchar), cast(refund_amount as varchar) "
        "from intermediate.counted_orders where order_id = 'eur day before change'"
    ) == [("11.0000", "2.7500")]


def test_a_contact_is_hashed_by_what_it_says(shop: Ledgers) -> None:
    hashes = shop.rows("select email_hash from staging.customers order by customer_id")
    assert hashes[0] == hashes[1]
    assert len(str(hashes[0][0])) == 64


def test_the_balance_adds_up(shop: Ledgers) -> None:
    balance = shop.balance()
    assert set(balance) == {name.split("/")[0].split(".")[0] for name in files()}
    for raw, *parts in balance.values():
        assert raw == sum(parts)
    assert balance["order_items"] == (5, 0, 1, 2, 2)
    assert balance["refunds"] == (3, 0, 0, 2, 1)
    assert balance["customers"] == (4, 0, 1, 1, 2)
    assert balance["sessions"] == (2, 0, 0, 1, 1)
    assert balance["subscriptions"] == (3, 0, 1, 0, 2)
    assert balance["marketing_spend"] == (4, 0, 1, 0, 3)
    assert balance["fx_rates"] == (5, 0, 1, 0, 4)
