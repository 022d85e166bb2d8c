"""Attacks on the rules of single rows: a dirty row a rule, as CSV, as text in Parquet and typed."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from orchestration.raw_files import raw_contract
from tests.raw.folder import csv_text, write_folder
from tests.raw.ledger_build import Ledgers, utc

# A row of each table that breaks no rule.
GOOD: dict[str, dict[str, str]] = {
    "orders": {"order_id": "1", "ordered_at": "2026-06-01", "amount": "10"},
    "order_items": {"order_id": "good", "line_number": "1", "product_id": "p"},
    "refunds": {
        "refund_id": "r",
        "order_id": "good",
        "refunded_at": "2026-06-02",
        "amount": "1",
    },
    "customers": {"customer_id": "ann"},
    "sessions": {"session_id": "s", "visitor_id": "v", "started_at": "2026-06-01T10:00:00Z"},
    "surveys": {"response_id": "a", "responded_at": "2026-06-01", "score": "9"},
    "subscriptions": {
        "subscription_id": "s",
        "valid_from": "2026-06-01",
        "customer_id": "ann",
        "mrr": "5",
    },
    "marketing_spend": {"spend_date": "2026-06-01", "channel": "search", "amount": "5"},
    "campaign_sends": {
        "send_id": "m",
        "campaign": "spring",
        "customer_id": "ann",
        "variant": "a",
        "sent_at": "2026-06-01T10:00:00Z",
    },
    "social_daily": {"activity_date": "2026-06-01", "network": "x"},
    "fx_rates": {"rate_date": "2026-05-01", "currency": "GBP", "rate": "1.3"},
}
SEND_TIMES = "sent_at delivered_at opened_at clicked_at unsubscribed_at complained_at".split()
NO_BREAK_SPACE = "\u00a0"
BAD_TIMESTAMPS = [
    *("2026-02-30", "01/02/2026", "20260601", "2026-06-01T25:00:00", "2026-06-01T10", "yesterday"),
    *("1750000000", "0001-01-01", "2026-06-01T10:00:00+5", "2026-W23-1", "2026-6-1", "12:00"),
    *("2026-06-01T23:59:60Z", "2026-06-01 10:00 PM", "2026-06-01T10:00:00 Europe/Berlin"),
]
BAD_NUMBERS = [
    *("ten", "1,000", "1.2.3", "0x10", "NaN", "inf", "-Infinity", "1e15", "$5", "--5", "1 000"),
    *("100000000000000", "5-", "1e", "٥", "1_000", "true", "."),
]
# Table, what is different from a good row, the first reason that applies.
DIRTY: list[tuple[str, dict[str, str], str]] = [
    *(
        (table, {name: blank}, "missing_key")
        for blank in ("", "  ", NO_BREAK_SPACE)
        for table, name in [
            *(("orders", "order_id"), ("order_items", "order_id"), ("order_items", "line_number")),
            *(("order_items", "product_id"), ("refunds", "refund_id"), ("refunds", "order_id")),
            *(("customers", "customer_id"), ("sessions", "session_id"), ("sessions", "visitor_id")),
            *(("surveys", "response_id"), ("subscriptions", "subscription_id")),
            *(("subscriptions", "customer_id"), ("subscriptions", "valid_from")),
            *(("marketing_spend", "spend_date"), ("marketing_spend", "channel")),
            *(("campaign_sends", "send_id"), ("campaign_sends", "campaign")),
            *(("campaign_sends", "customer_id"), ("campaign_sends", "variant")),
            *(("social_daily", "activity_date"), ("social_daily", "network")),
            *(("fx_rates", "rate_date"), ("fx_rates", "currency")),
        ]
    ),
    *(("orders", {"ordered_at": value}, "bad_timestamp") for value in ["", " ", *BAD_TIMESTAMPS]),
    ("orders", {"updated_at": "soon"}, "bad_timestamp"),
    ("refunds", {"refunded_at": ""}, "bad_timestamp"),
    ("customers", {"signed_up_at": "1.1.2026"}, "bad_timestamp"),
    ("customers", {"birth_date": "1990"}, "bad_timestamp"),
    ("customers", {"updated_at": "x"}, "bad_timestamp"),
    ("sessions", {"ended_at": "later"}, "bad_timestamp"),
    ("surveys", {"responded_at": "x"}, "bad_timestamp"),
    ("subscriptions", {"valid_to": "never"}, "bad_timestamp"),
    ("subscriptions", {"valid_from": "x"}, "bad_timestamp"),
    ("marketing_spend", {"spend_date": "June"}, "bad_timestamp"),
    *(("campaign_sends", {name: "x"}, "bad_timestamp") for name in SEND_TIMES),
    ("social_daily", {"activity_date": "x"}, "bad_timestamp"),
    ("fx_rates", {"rate_date": "x"}, "bad_timestamp"),
    *(("orders", {"amount": value}, "bad_number") for value in ["", " ", *BAD_NUMBERS]),
    *(
        ("orders", {name: "x"}, "bad_number")
        for name in ("discount_amount", "refund_amount", "cost_amount")
    ),
    *(
        ("order_items", {name: "x"}, "bad_number")
        for name in ("quantity", "unit_price", "discount_amount", "unit_cost")
    ),
    ("refunds", {"amount": ""}, "bad_number"),
    *(
        ("sessions", {name: value}, "bad_number")
        for name in "page_views product_views cart_additions checkouts leads".split()
        for value in ("1.5", "x")
    ),
    ("surveys", {"score": ""}, "bad_number"),
    ("surveys", {"score": "ten"}, "bad_number"),
    ("subscriptions", {"mrr": ""}, "bad_number"),
    ("marketing_spend", {"amount": "x"}, "bad_number"),
    ("marketing_spend", {"impressions": "0.5"}, "bad_number"),
    ("marketing_spend", {"clicks": "x"}, "bad_number"),
    *(
        ("social_daily", {name: "1.5"}, "bad_number")
        for name in ("followers", "likes", "comments", "shares")
    ),
    ("fx_rates", {"rate": ""}, "bad_number"),
    ("fx_rates", {"rate": "0"}, "bad_number"),
    *(
        ("customers", {name: value}, "bad_boolean")
        for name in ("email_consent", "sms_consent", "push_consent")
        for value in ("maybe", "2", "1.0")
    ),
    *(
        ("orders", {name: "-0.01"}, "negative_amount")
        for name in ("amount", "discount_amount", "cost_amount")
    ),
    *(
        ("order_items", {name: "-1"}, "negative_amount")
        for name in ("quantity", "unit_price", "discount_amount", "unit_cost")
    ),
    ("sessions", {"page_views": "-1"}, "negative_amount"),
    ("subscriptions", {"mrr": "-1"}, "negative_amount"),
    ("marketing_spend", {"amount": "-1"}, "negative_amount"),
    ("social_daily", {"likes": "-1"}, "negative_amount"),
    ("fx_rates", {"rate": "-1"}, "negative_amount"),
    *(("surveys", {"score": value}, "score_out_of_range") for value in ("11", "-1", "7.5", "10.1")),
    *(
        ("surveys", {"survey_type": "CSAT", "score": value}, "score_out_of_range")
        for value in ("0", "6", "3.5")
    ),
    *(
        ("orders", {"ordered_at": value}, "future_timestamp")
        for value in ("2099-01-01", "2026-07-02", "2026-07-01T12:00:01Z", "2026-07-01T17:00+04:00")
    ),
    *(
        (table, {name: "2026-07-02"}, "future_timestamp")
        for table, name in [
            *(
                ("refunds", "refunded_at"),
                ("customers", "signed_up_at"),
                ("surveys", "responded_at"),
            ),
            *(
                ("sessions", "started_at"),
                ("subscriptions", "valid_from"),
                ("fx_rates", "rate_date"),
            ),
            *(("marketing_spend", "spend_date"), ("campaign_sends", "sent_at")),
            ("social_daily", "activity_date"),
        ]
    ),
    ("order_items", {"order_id": "nowhere"}, "unknown_order"),
    ("order_items", {"order_id": "GOOD"}, "unknown_order"),
    ("order_items", {"order_id": "rejected"}, "unknown_order"),
    ("refunds", {"order_id": "nowhere"}, "unknown_order"),
    ("refunds", {"order_id": "rejected"}, "unknown_order"),
    ("orders", {"order_id": "rejected", "amount": "x"}, "bad_number"),
    *(
        (table, {"currency": "XAU"}, "missing_fx_rate")
        for table in ("orders", "subscriptions", "marketing_spend")
    ),
    ("orders", {"currency": "GBP", "ordered_at": "2026-04-30"}, "missing_fx_rate"),
    ("subscriptions", {"currency": "gbp", "valid_from": "2026-04-30"}, "missing_fx_rate"),
    # The first reason wins.
    ("orders", {"order_id": "", "ordered_at": "x", "amount": "x"}, "missing_key"),
    ("orders", {"ordered_at": "x", "amount": "x"}, "bad_timestamp"),
    ("orders", {"amount": "x", "cost_amount": "-1"}, "bad_number"),
    ("customers", {"birth_date": "x", "email_consent": "maybe"}, "bad_timestamp"),
    ("customers", {"email_consent": "maybe", "signed_up_at": "2099-01-01"}, "bad_boolean"),
    ("orders", {"amount": "-1", "ordered_at": "2099-01-01"}, "negative_amount"),
    ("surveys", {"score": "11", "responded_at": "2099-01-01"}, "score_out_of_range"),
    ("order_items", {"order_id": "nowhere", "quantity": "-1"}, "negative_amount"),
    ("refunds", {"order_id": "nowhere", "refunded_at": "2099-01-01"}, "future_timestamp"),
    ("orders", {"ordered_at": "2099-01-01", "currency": "XAU"}, "future_timestamp"),
]
# Rows that look dirty and are not: each becomes a row of its own.
ODD: list[tuple[str, dict[str, str]]] = [
    ("orders", {"order_id": "good"}),
    ("orders", {"order_id": "now", "ordered_at": "2026-07-01T12:00:00Z"}),
    ("orders", {"order_id": "today", "ordered_at": "2026-07-01"}),
    ("orders", {"order_id": "negative refund", "refund_amount": "-1"}),
    ("orders", {"order_id": "no money", "amount": "-0"}),
    ("refunds", {"refund_id": "negative", "amount": "-5"}),
    ("customers", {"customer_id": "blank", "email_consent": " ", "birth_date": ""}),
    ("customers", {"customer_id": "words", "email_consent": "YES", "sms_consent": "Unknown"}),
    ("surveys", {"response_id": "ces", "survey_type": "ces", "score": "250"}),
    ("surveys", {"response_id": "half ces", "survey_type": "ces", "score": "2.5"}),
    ("surveys", {"response_id": "whole", "score": "10.0"}),
    ("surveys", {"response_id": "csat", "survey_type": "csat", "score": "5"}),
    ("surveys", {"response_id": "blank type", "survey_type": " ", "score": "0"}),
    ("subscriptions", {"subscription_id": "open end", "valid_to": "9999-12-31"}),
    ("sessions", {"session_id": "whole", "page_views": "3.0"}),
    ("orders", {"order_id": "usd", "currency": " usd ", "ordered_at": "2020-01-01"}),
    ("orders", {"order_id": "first rate", "currency": "gbp", "ordered_at": "2026-05-01"}),
    ("fx_rates", {}),
]


def columns_of(table: str) -> list[str]:
    return list(raw_contract()[table]["columns"])


def raw_rows(table: str, prefix: str = "") -> tuple[list[list[str]], list[str | None]]:
    """All rows of a table, the dirty and the odd, with the reason of each."""
    rows, reasons = [], []
    for place, (name, change, reason) in enumerate(
        [*DIRTY, *((name, change, None) for name, change in ODD)]
    ):
        if name == table:
            row = {**GOOD[table], **change}
            key = next(iter(GOOD[table]))
            if key.endswith("_id") and key not in change and table != "order_items":
                row[key] = f"{prefix}{place}"
            rows.append([row.get(column, "") for column in columns_of(table)])
            reasons.append(reason)
    return rows, reasons


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    """Every dirty and odd row, once in a CSV file and once as text in Parquet."""
    files: dict[str, Any] = {}
    for table in GOOD:
        names = columns_of(table)
        files[f"{table}/a.csv"] = csv_text(names, raw_rows(table)[0])
        cells = [[cell or None for cell in row] for row in raw_rows(table, "p")[0]]
        files[f"{table}/b.parquet"] = pa.table(
            {
                name: pa.array(cell, pa.string())
                for name, cell in zip(names, zip(*cells, strict=True), strict=True)
            }
        )
    folder = tmp_path_factory.mktemp("rows")
    return Ledgers(write_folder(folder / "raw", files), folder / "warehouse", as_of="2026-06-30")


def test_each_row_is_rejected_for_the_first_reason_that_applies(ledgers: Ledgers) -> None:
    expected = {
        (table, f"{table}/{file}", place): reason
        for table in GOOD
        for file in ("a.csv", "b.parquet")
        for place, reason in enumerate(raw_rows(table)[1], start=1)
        if reason
    }
    assert ledgers.reasons() == expected


def test_every_row_is_accounted_for(ledgers: Ledgers) -> None:
    balance = ledgers.balance()
    for table in GOOD:
        reasons = raw_rows(table)[1]
        raw, rejected, superseded, invisible, staged = balance[table]
        assert raw == 2 * len(reasons)
        assert rejected == 2 * sum(reason is not None for reason in reasons)
        assert raw == rejected + superseded + invisible + staged


def test_the_rejected_row_is_told_as_it_came(ledgers: Ledgers) -> None:
    assert ledgers.rows(
        "select row_key, raw_row ->> 'amount', raw_row ->> 'ordered_at' from quality.rejected_rows "
        "where raw_table = 'orders' and file = 'orders/a.csv' and row_key = 'rejected'"
    ) == [("rejected", "x", "2026-06-01")]
    assert ledgers.rows(
        "select distinct row_key from quality.rejected_rows "
        "where raw_table = 'marketing_spend' and reason = 'future_timestamp'"
    ) == [("2026-07-02|search|||",)]


# ---------------------------------------------------------------- typed Parquet

DAY = date(2026, 6, 1)
NOON = utc(2026, 6, 1, 12)
DOUBLES = [0.00015, 19.99, 123456.78, float("nan"), float("inf"), -0.01, 1e15, None]


def typed_tables() -> dict[str, pa.Table]:
    """Tables whose only file is typed Parquet."""
    size = len(DOUBLES)
    return {
        "orders.parquet": pa.table(
            {
                "order_id": pa.array(range(size), pa.int64()),
                "customer_id": pa.array([7.0, float("nan"), None, 7.0, 7.0, 7.0, 7.0, 7.0]),
                "ordered_at": pa.array([NOON] * size, pa.timestamp("ns")),
                "amount": pa.array(DOUBLES),
                "cost_amount": pa.array([123456.78] * size, pa.float32()),
                "discount_amount": pa.array([2] * size, pa.int16()),
                "updated_at": pa.array([DAY] * size),
                "status": pa.array(["Paid "] * size).dictionary_encode(),
                "coupon_code": pa.array([b"caf\xc3\xa9"] * size),
                "service": pa.array([True] * size),
            }
        ),
        "order_items.parquet": pa.table(
            {
                "order_id": pa.array(["0", "00", "1", "3"]),
                "line_number": pa.array([1.0, 1.0, 2.0, 1.0]),
                "product_id": pa.array([12345678901234567890] * 4, pa.uint64()),
                "quantity": pa.array([1, 1, None, 1]),
            }
        ),
        "refunds.parquet": pa.table(
            {
                "refund_id": [1, 2],
                "order_id": [0.0, 1.0],
                "refunded_at": pa.array([NOON] * 2, pa.timestamp("ms", "Asia/Tehran")),
                "amount": pa.array(["-1.00005", "2.5"]).cast(pa.decimal128(38, 10)),
            }
        ),
        "customers.parquet": pa.table(
            {
                "customer_id": [7, 8, 9],
                "signed_up_at": pa.array([DAY, None, DAY]),
                "birth_date": pa.array([date(1990, 1, 1), date(1, 1, 1), None]),
                "email_consent": [True, None, False],
                "sms_consent": [1, 0, 2],
                "push_consent": pa.array([1.0, 0.0, None]),
            }
        ),
        "surveys.parquet": pa.table(
            {
                "response_id": [1, 2, 3],
                "responded_at": pa.array([DAY] * 3, pa.date64()),
                "score": [9.0, 9.5, float("nan")],
            }
        ),
        "sessions.parquet": pa.table(
            {
                "session_id": [1, 2, 3],
                "visitor_id": [1, 2, 3],
                "started_at": pa.array([NOON] * 3, pa.timestamp("us", "UTC")),
                "ended_at": pa.array([None, NOON.time(), None]),
                "page_views": pa.array([3.0, None, 3.5]),
            }
        ),
        "subscriptions.parquet": pa.table(
            {
                "subscription_id": [1, 2],
                "valid_from": pa.array([NOON] * 2, pa.timestamp("s")),
                "valid_to": pa.array([date(9999, 12, 31), date(2026, 6, 15)]),
                "customer_id": [7, 7],
                "mrr": pa.array([5, 10**14 - 1], pa.uint64()),
            }
        ),
        "social_daily.parquet": pa.table(
            {
                "activity_date": pa.array([DAY, DAY]),
                "network": ["x", "y"],
                "followers": pa.array([True, False]),
                "likes": pa.array([2**40, -1]),
            }
        ),
    }


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    folder = tmp_path_factory.mktemp("typed")
    return Ledgers(write_folder(folder / "raw", typed_tables()), folder / "warehouse", "2026-06-30")


def test_typed_values_are_judged_like_text(typed: Ledgers) -> None:
    assert typed.reasons() == {
        **{("orders", "orders.parquet", row): "bad_number" for row in (4, 5, 7, 8)},
        ("orders", "orders.parquet", 6): "negative_amount",
        ("order_items", "order_items.parquet", 2): "unknown_order",
        ("order_items", "order_items.parquet", 4): "unknown_order",
        ("customers", "customers.parquet", 3): "bad_boolean",
        ("surveys", "surveys.parquet", 2): "score_out_of_range",
        ("surveys", "surveys.parquet", 3): "bad_number",
        ("sessions", "sessions.parquet", 2): "bad_timestamp",
        ("sessions", "sessions.parquet", 3): "bad_number",
        **{("social_daily", "social_daily.parquet", row): "bad_number" for row in (1, 2)},
    }


def test_typed_money_is_the_decimal_it_is_written_as(typed: Ledgers) -> None:
    # A double of 0.00015 times 10,000 is 1.4999…: it rounded down, and a float gave 123456.7808.
    assert typed.rows(
        "select cast(amount as varchar), cast(cost_amount as varchar), "
        "cast(discount_amount as varchar) from staging.orders order by order_id"
    ) == [
        ("0.0002", "123456.7800", "2.0000"),
        ("19.9900", "123456.7800", "2.0000"),
        ("123456.7800", "123456.7800", "2.0000"),
    ]
    assert typed.rows("select cast(amount as varchar) from staging.refunds order by refund_id") == [
        ("1.0001",),
        ("2.5000",),
    ]


def test_typed_ids_and_texts(typed: Ledgers) -> None:
    assert typed.rows(
        "select order_id, customer_id, status, coupon_code, service from staging.orders order by 1"
    ) == [
        ("0", "7", "paid", "café", "true"),
        ("1", None, "paid", "café", "true"),
        ("2", None, "paid", "café", "true"),
    ]
    assert typed.rows(
        "select order_id, line_number, product_id from staging.order_items order by 1"
    ) == [
        ("0", "1", "12345678901234567890"),
        ("1", "2", "12345678901234567890"),
    ]


def test_typed_consent_and_dates(typed: Ledgers) -> None:
    assert typed.rows(
        "select customer_id, email_consent, sms_consent, push_consent from staging.customers "
        "order by 1"
    ) == [("7", True, True, True), ("8", False, False, False)]
    assert typed.rows("select valid_to from staging.subscriptions order by subscription_id") == [
        (utc(9999, 12, 31),),
        (utc(2026, 6, 15),),
    ]
    assert typed.rows("select updated_at, event_date from staging.orders limit 1") == [
        (utc(2026, 6, 1), DAY)
    ]
