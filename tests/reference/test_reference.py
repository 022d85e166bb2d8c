"""The reference itself, against the contract's worked numbers and hand-computed cases."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jdatetime
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from . import metrics
from .calendars import jalali_new_year, period_of, year_and_month
from .histories import History, histories, write_history
from .metrics import MARTS, Vars, lifecycle_state, nps_figures, spells
from .raw_rules import (
    REASONS,
    TABLES,
    ContractError,
    Reading,
    Settings,
    classify,
    read_moment,
    read_number,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AT = Settings(now=NOW)
ORDER: dict[str, Any] = {
    "order_id": "o1",
    "customer_id": "c1",
    "ordered_at": "2024-05-01",
    "amount": "10",
}


def rows_of(rows: Iterable[dict[str, Any]], file: str = "a.csv") -> list[dict[str, Any]]:
    """Raw rows of one file, numbered from 1."""
    return [row | {"_file": file, "_row": n} for n, row in enumerate(rows, start=1)]


def read_orders(*changes: dict[str, Any], settings: Settings = AT) -> Reading:
    """The reading of one orders file; each row is ORDER with changes."""
    return classify({"orders": rows_of(ORDER | change for change in changes)}, settings)


def orders_on(days: dict[str, list[str]], as_of: str) -> Reading:
    """The reading of one order of 10 on each day of each customer."""
    rows = [
        {"order_id": f"{customer}-{n}", "customer_id": customer, "ordered_at": day, "amount": "10"}
        for customer, own in days.items()
        for n, day in enumerate(own)
    ]
    return classify({"orders": rows_of(rows)}, replace(AT, as_of=date.fromisoformat(as_of)))


def pick(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The only row with these values."""
    found = [row for row in rows if wanted.items() <= row.items()]
    assert len(found) == 1, found
    return found[0]


# ---------------------------------------------------------------- calendars


def test_jalali_days_agree_with_an_independent_library() -> None:
    # A wrong leap year would shift every Jalali mart after it by a day.
    day = date(1921, 3, 21)
    while day <= date(2122, 3, 20):
        other = jdatetime.date.fromgregorian(date=day)
        assert year_and_month("jalali", day) == (other.year, other.month)
        day += timedelta(days=3)
    assert all(
        jalali_new_year(year) == jdatetime.date(year, 1, 1).togregorian()
        for year in range(1300, 1501)
    )


def test_leap_year_1403_ends_on_30_esfand() -> None:
    # Losing 30 Esfand would put the last day of 1403 into 1404.
    year = period_of("jalali", "year", date(2025, 3, 20))
    assert (year.start, year.end) == (date(2024, 3, 20), date(2025, 3, 20))
    assert period_of("jalali", "month", date(2025, 3, 21)).start == date(2025, 3, 21)
    assert period_of("jalali", "quarter", date(2024, 7, 1)).start == date(2024, 6, 21)


# ---------------------------------------------------------------- values and verdicts


@pytest.mark.parametrize(
    ("text", "source", "business", "day"),
    [
        ("2024-03-10", "UTC", "America/New_York", "2024-03-10"),
        ("2024-03-10 02:00", "UTC", "America/New_York", "2024-03-09"),
        ("2024-03-10T23:30:00", "UTC", "Asia/Tehran", "2024-03-11"),
        ("2024-03-10T23:30:00+03:30", "UTC", "Asia/Tehran", "2024-03-10"),
        ("2024-03-10T23:30:00", "Asia/Tehran", "Asia/Tehran", "2024-03-10"),
        ("2024-07-01T04:30:00Z", "UTC", "America/New_York", "2024-07-01"),
        ("2024-12-01T04:30:00-0000", "UTC", "America/New_York", "2024-11-30"),
        ("2024-03-10t24:00", "UTC", "UTC", "2024-03-11"),
        ("2024-03-10 24:00 z", "UTC", "UTC", "2024-03-11"),
    ],
)
def test_business_date(text: str, source: str, business: str, day: str) -> None:
    # A shifted date-only value, or a forgotten offset, moves orders to another day.
    settings = replace(AT, source_timezone=source, business_timezone=business)
    assert read_moment(text, settings).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text", ["20240310", "2024-3-1", "2024-02-30", "2024-03-10T24:01", "2024-03-10T1:00", "10:00"]
)
def test_other_timestamps_are_refused(text: str) -> None:
    # A guessed day-month order would be silently wrong.
    with pytest.raises(ValueError, match=r"not a timestamp|must be in|out of range|no such time"):
        read_moment(text, AT)


def test_numbers_are_rounded_half_up_and_bounded() -> None:
    # Binary or half-even rounding loses a hundredth of a cent a row.
    assert read_number("0.00005") == Decimal("0.0001")
    assert read_number("-0.00005") == Decimal("-0.0001")
    assert read_number(".5e1") == 5
    assert read_number("99999999999999.9999") == Decimal("99999999999999.9999")
    for text in ("1e14", "99999999999999.99995", "1,5", "NaN", "1_000", "1e999999999", "٣"):
        with pytest.raises(ValueError, match=r"not a number|too many digits|not a usable"):
            read_number(text)


@pytest.mark.parametrize(
    ("table", "change", "reason"),
    [
        ("orders", {"_bad_line": "x,y"}, "bad_line"),
        ("orders", {"order_id": " ", "amount": "x"}, "missing_key"),
        ("orders", {"ordered_at": None, "amount": "x"}, "bad_timestamp"),
        ("orders", {"ordered_at": "1921-03-20"}, "bad_timestamp"),
        ("orders", {"amount": None}, "bad_number"),
        ("orders", {"amount": "-1", "ordered_at": "2026-01-02"}, "negative_amount"),
        ("orders", {"ordered_at": "2026-01-01T12:00:00.000001Z"}, "future_timestamp"),
        ("orders", {"ordered_at": "2026-01-02"}, "future_timestamp"),
        ("orders", {"ordered_at": "2026-01-01"}, None),
        ("orders", {"refund_amount": "-1"}, None),
        ("orders", {"currency": "GBP"}, "missing_fx_rate"),
        ("orders", {"currency": "EUR", "ordered_at": "2023-12-31"}, "missing_fx_rate"),
        ("customers", {"email_consent": "maybe"}, "bad_boolean"),
        ("sessions", {"page_views": "1.5"}, "bad_number"),
        ("surveys", {"score": "11"}, "score_out_of_range"),
        ("surveys", {"score": "0", "survey_type": "CSAT"}, "score_out_of_range"),
        ("surveys", {"score": "11", "survey_type": "ces"}, None),
        ("refunds", {"order_id": "nowhere"}, "unknown_order"),
        ("refunds", {"amount": "-3"}, None),
        ("fx_rates", {"rate": "0"}, "bad_number"),
        ("subscriptions", {"valid_from": None}, "missing_key"),
        ("subscriptions", {"valid_to": "2030-01-01"}, None),
    ],
)
def test_first_reason_that_applies(
    table: str, change: dict[str, str | None], reason: str | None
) -> None:
    # A wrong order of the reasons would make the quality report contradict the contract.
    good: dict[str, dict[str, Any]] = {
        "orders": ORDER,
        "customers": {"customer_id": "c1"},
        "sessions": {"session_id": "s", "visitor_id": "v", "started_at": "2024-05-01"},
        "surveys": {"response_id": "a", "responded_at": "2024-05-01", "score": "9"},
        "refunds": {
            "refund_id": "r",
            "order_id": "o0",
            "refunded_at": "2024-05-01",
            "amount": "1",
        },
        "fx_rates": {"rate_date": "2024-01-02", "currency": "eur", "rate": "2"},
        "subscriptions": {
            "subscription_id": "s",
            "customer_id": "c1",
            "valid_from": "2024-05-01",
            "mrr": "1",
        },
    }
    raw: dict[str, list[dict[str, Any]]] = {
        "orders": rows_of([ORDER | {"order_id": "o0"}], "0.csv"),
        "fx_rates": rows_of([{"rate_date": "2024-01-01", "currency": "EUR", "rate": "2"}], "0.csv"),
    }
    raw[table] = [*raw.get(table, []), *rows_of([good[table] | change])]
    verdict = classify(raw, AT).verdicts
    assert [v.reason for v in verdict if (v.table, v.file) == (table, "a.csv")] == [reason]


def test_one_version_of_a_key_counts() -> None:
    # Taking simply the newest version would let tomorrow's correction into a past as_of.
    versions: tuple[dict[str, Any], ...] = (
        {"amount": "1"},
        {"amount": "2", "updated_at": "2024-05-31T23:59:59Z"},
        {"amount": "3", "updated_at": "2024-06-01T00:00:00Z"},
        {"amount": "-4", "updated_at": "2024-05-31T23:59:59Z"},
    )

    def winner(as_of: str, *chosen: dict[str, Any]) -> Decimal:
        settings = replace(AT, as_of=date.fromisoformat(as_of))
        (row,) = read_orders(*chosen, settings=settings).staged["orders"]
        return Decimal(row["amount"])

    assert winner("2024-05-31", *versions) == 2
    assert winner("2024-06-01", *versions) == 3
    assert winner("2024-05-30", *versions) == 1
    assert winner("2024-05-30", *versions[1:]) == 2
    assert winner("2024-05-31", versions[0], {"amount": "5"}) == 5


def test_default_as_of_leaves_out_the_running_day() -> None:
    # A day that is still running would look like a collapse of sales.
    assert read_orders({}, {"order_id": "o2", "ordered_at": "2026-01-01"}).as_of == date(2024, 5, 1)
    assert read_orders({"ordered_at": "2026-01-01"}).as_of == date(2026, 1, 1)


def test_rows_after_as_of_are_not_visible() -> None:
    # A refund seen before its order would make net revenue negative for no reason.
    raw = {
        "orders": rows_of([ORDER, ORDER | {"order_id": "o2", "ordered_at": "2024-06-02"}]),
        "refunds": rows_of(
            [
                {"refund_id": "r1", "order_id": "o1", "refunded_at": "2024-06-02", "amount": "1"},
                {"refund_id": "r2", "order_id": "o2", "refunded_at": "2024-05-02", "amount": "1"},
            ]
        ),
    }
    reading = classify(raw, replace(AT, as_of=date(2024, 6, 1)))
    assert reading.balance()["orders"] == {
        "raw_rows": 2,
        "rejected_rows": 0,
        "superseded_rows": 0,
        "not_yet_visible_rows": 1,
        "staged_rows": 1,
    }
    assert reading.balance()["refunds"]["not_yet_visible_rows"] == 2


def test_money_is_converted_once_at_the_last_known_rate() -> None:
    # Another day's rate, or rounding after the sum, breaks the reconciliation to the cent.
    raw = {
        "orders": rows_of(
            [
                ORDER | {"currency": "eur", "amount": "0.3333", "cost_amount": "1"},
                ORDER | {"order_id": "o2", "currency": "usd", "amount": "5"},
            ]
        ),
        "refunds": rows_of(
            [{"refund_id": "r", "order_id": "o1", "refunded_at": "2024-08-01", "amount": "-0.1"}]
        ),
        "fx_rates": rows_of(
            {"rate_date": day, "currency": currency, "rate": rate}
            for day, currency, rate in (
                ("2024-04-30", "EUR", "9"),
                ("2024-04-30", "EUR", "1.5"),
                ("2024-05-02", "EUR", "7"),
                ("2024-04-30", "USD", "3"),
            )
        ),
    }
    staged = classify(raw, replace(AT, as_of=date(2024, 8, 1))).staged
    # 0.3333 * 1.5 = 0.49995, half up 0.5000.
    assert [row["amount"] for row in staged["orders"]] == [Decimal("0.5"), Decimal(5)]
    assert staged["orders"][0]["cost_amount"] == Decimal("1.5")
    assert staged["refunds"][0]["amount"] == Decimal("0.15")


def test_several_currencies_without_rates_stop_the_reading() -> None:
    # Adding euros to dollars would give a total that is money of no kind.
    assert read_orders({"currency": "eur"}, {"order_id": "o2", "currency": "EUR"}).as_of
    with pytest.raises(ContractError):
        read_orders({"currency": "EUR"}, {"order_id": "o2", "currency": "USD"})
    with pytest.raises(ContractError):
        classify({}, AT)


# ---------------------------------------------------------------- marts


def test_a_customer_churns_on_day_90_and_comes_back_the_same_day() -> None:
    # An off-by-one in the interval (D-90, D] moves churn to another day.
    first = date(2024, 1, 1)
    for gap, number in ((89, 1), (90, 2)):
        assert len(spells((first, first + timedelta(days=gap)), 90)) == number
    assert lifecycle_state((first,), first + timedelta(days=89), 90) == "at_risk"
    assert lifecycle_state((first,), first + timedelta(days=90), 90) == "churned"

    # 2024-01-01 + 90 = 2024-03-31: churn and reactivation on one day, so he is never lost.
    reading = orders_on({"c": ["2024-01-01", "2024-03-31"]}, "2024-03-31")
    flow = metrics.customer_flow(reading.staged, reading.as_of, Vars())
    march = pick(flow, calendar="gregorian", period_grain="month", period_start=date(2024, 3, 1))
    assert (march["customers_start"], march["customers_end"], march["lost_customers"]) == (1, 1, 0)
    assert (march["reactivated_customers"], march["churned_customers"]) == (1, 1)
    lifecycle = metrics.customers_lifecycle(reading.staged, reading.as_of, Vars())
    assert [row["churned_on"] for row in lifecycle] == [date(2024, 3, 31), None]


@pytest.mark.parametrize(
    ("days_ago", "state"),
    [
        ([], "prospect"),
        ([90], "churned"),
        ([30], "new"),
        ([31], "active"),
        ([60], "active"),
        ([61], "at_risk"),
        ([150, 30], "reactivated"),
        ([151, 31], "active"),
        # Three order days 10 apart: at risk when silent for more than 20 days.
        ([60, 50, 40, 20], "active"),
        ([61, 51, 41, 21], "at_risk"),
        ([45, 25], "active"),
    ],
)
def test_lifecycle_state(days_ago: list[int], state: str) -> None:
    # A wrong boundary sends win-back mail to active customers.
    as_of = date(2025, 1, 1)
    days = [as_of - timedelta(days=ago) for ago in days_ago]
    assert lifecycle_state(days, as_of, 90) == state


def test_rfm_scores_of_equal_values_are_equal() -> None:
    # Splitting ties by row order would give twins different segments.
    reading = orders_on(
        {
            "a": ["2024-01-01"],
            "b": ["2024-01-01"],
            "c": ["2024-01-05"],
            "d": ["2024-01-05", "2024-01-09"],
            "e": ["2024-01-02", "2024-01-09"],
            "f": ["2024-01-02", "2024-01-03", "2024-01-10"],
        },
        "2024-01-10",
    )
    rfm = metrics.customers_rfm(reading.staged, reading.as_of, Vars())
    # Fewer days than a, b: 4 of 5 others; c: 3; d, e: 1; f: 0. Smaller frequency: d, e 3; f 5.
    scores = {row["customer_id"]: (row["rfm_score"], row["segment"]) for row in rfm}
    assert scores == {
        "a": ("111", "hibernating"),
        "b": ("111", "hibernating"),
        "c": ("211", "hibernating"),
        "d": ("444", "loyal"),
        "e": ("444", "loyal"),
        "f": ("555", "champion"),
    }
    lonely = orders_on({"a": ["2024-01-01"]}, "2024-01-10")
    (only,) = metrics.customers_rfm(lonely.staged, lonely.as_of, Vars())
    assert (only["rfm_score"], only["segment"]) == ("511", "new")


def test_rfm_window_counts_its_last_days_only() -> None:
    # An inclusive lower end would count W + 1 days.
    reading = orders_on({"a": ["2024-01-01"], "b": ["2024-01-02"]}, "2024-01-31")
    rfm = metrics.customers_rfm(reading.staged, reading.as_of, Vars(rfm_window_days=30))
    assert [row["frequency"] for row in rfm] == [0, 1]
    assert [row["monetary"] for row in rfm] == [0, 10]


def test_every_rfm_cell_has_the_dictionarys_segment() -> None:
    # A hole in the partition would leave customers without a segment.
    cells = Counter(metrics.rfm_segment(r, f) for r in range(1, 6) for f in range(1, 6))
    assert cells == {
        "hibernating": 4,
        "at_risk": 4,
        "cannot_lose": 2,
        "about_to_sleep": 2,
        "need_attention": 1,
        "loyal": 4,
        "promising": 1,
        "new": 1,
        "potential_loyalist": 4,
        "champion": 2,
    }


def test_nps_of_324_responses() -> None:
    # Golden: 162 promoters, 108 passives, 54 detractors; and 70/10/20 % give 50.
    figures = nps_figures([Decimal(9)] * 162 + [Decimal(8)] * 108 + [Decimal(6)] * 54)
    assert round(float(figures["nps"]), 2) == 33.33
    assert round(figures["standard_error"], 2) == 4.14
    assert nps_figures([Decimal(10)] * 7 + [Decimal(7)] + [Decimal(0)] * 2)["nps"] == 50
    assert nps_figures([])["nps"] is None
    assert nps_figures([Decimal(10)])["ci_high"] == 100


def test_nps_counts_a_customers_latest_answer_and_every_anonymous_one() -> None:
    # Counting each answer would let one angry customer vote twice.
    answers = [
        ("a1", "c1", "2024-05-01", "0"),
        ("a2", "c1", "2024-05-01", "10"),
        ("a3", None, "2024-05-02", "7"),
        ("a4", None, "2024-05-02", "2"),
        ("a5", "c1", "2024-07-01", "3"),
    ]
    raw = {
        "orders": rows_of([ORDER]),
        "surveys": rows_of(
            {"response_id": r, "customer_id": c, "responded_at": at, "score": score}
            for r, c, at, score in answers
        ),
    }
    staged = classify(raw, replace(AT, as_of=date(2024, 7, 1))).staged
    rows = metrics.nps(staged, date(2024, 7, 1), Vars(grains=("month",)))
    in_may = {"calendar": "gregorian", "period_start": date(2024, 5, 1)}
    everyone = pick(rows, segment_type="all", **in_may)
    assert [everyone[c] for c in ("responses", "promoters", "passives", "detractors")] == [
        3,
        1,
        1,
        1,
    ]
    # One customer with an order: recency 5, frequency 1 = new; the anonymous ones unknown.
    assert pick(rows, segment_type="rfm_segment", segment="new", **in_may)["responses"] == 1
    assert pick(rows, segment_type="country", segment="unknown", **in_may)["responses"] == 3
    silent = pick(rows, segment_type="all", calendar="gregorian", period_start=date(2024, 6, 1))
    assert (silent["responses"], silent["nps"], silent["ci_low"]) == (0, None, None)


def test_revenue_of_one_month() -> None:
    # Guests count in orders and revenue, never in buyers; late refunds restate the order's month.
    raw = {
        "orders": rows_of(
            [
                ORDER | {"amount": "90", "discount_amount": "10", "cost_amount": "40"},
                ORDER | {"order_id": "o2", "customer_id": None, "amount": "30"},
                ORDER | {"order_id": "o3", "customer_id": "c2", "amount": "20"},
                ORDER | {"order_id": "o4", "status": "Canceled", "amount": "500"},
                ORDER | {"order_id": "o5", "customer_id": "c2", "refund_amount": "-5"},
            ]
        ),
        "refunds": rows_of(
            [{"refund_id": "r", "order_id": "o1", "refunded_at": "2024-06-09", "amount": "30"}]
        ),
        "sessions": rows_of(
            [
                {
                    "session_id": "s",
                    "visitor_id": "v",
                    "customer_id": "c9",
                    "started_at": "2024-05-31",
                }
            ]
        ),
    }
    staged = classify(raw, replace(AT, as_of=date(2024, 6, 15))).staged
    may, june = metrics.revenue(
        staged, date(2024, 6, 15), Vars(calendars=("gregorian",), grains=("month",))
    )
    assert (may["orders"], may["buyers"], may["active_users"]) == (4, 2, 3)
    assert (may["gross_revenue"], may["net_revenue"]) == (160, 115)
    assert may["discount_share"] == Fraction(10, 160)
    assert may["average_order_value"] == Fraction(150, 4)
    assert may["orders_per_buyer"] == Fraction(3, 2)
    assert may["revenue_per_active_user"] == Fraction(115, 3)
    # ceil(0.2 * 2) = 1 customer: 60 of 60 + 25.
    assert may["top_20_percent_revenue_share"] == Fraction(60, 85)
    assert (june["orders"], june["average_order_value"], june["is_complete"]) == (0, None, False)

    one, two, nine = metrics.customers_customers(staged, date(2024, 6, 15), Vars())
    assert (one["net_revenue"], one["margin"], one["average_order_value"]) == (60, 20, 90)
    assert (two["orders"], two["order_days"], two["margin"]) == (2, 1, None)
    assert (nine["lifecycle_state"], nine["margin"], nine["average_order_value"]) == (
        "prospect",
        0,
        None,
    )


def test_month_ends_of_rfm_are_complete_months_and_as_of() -> None:
    # Scoring a month at its end while it still runs would publish a state of the future.
    reading = orders_on({"a": ["2024-01-15"], "b": ["2024-02-10"]}, "2024-02-15")
    rows = metrics.rfm_segments(reading.staged, reading.as_of, Vars())
    ends = {(row["calendar"], row["month_end"]) for row in rows}
    assert ends == {
        ("gregorian", date(2024, 1, 31)),
        ("gregorian", date(2024, 2, 15)),
        ("jalali", date(2024, 1, 20)),
        ("jalali", date(2024, 2, 15)),
    }
    moves = metrics.rfm_migration(reading.staged, reading.as_of, Vars(calendars=("gregorian",)))
    occurring = [
        (row["month_end"].month, row["from_segment"], row["to_segment"])
        for row in moves
        if row["customers"]
    ]
    # Alone a is new; then b is nearer: a R max(1, 5 - 5) = 1.
    assert sorted(occurring) == [
        (1, "none", "new"),
        (2, "new", "hibernating"),
        (2, "none", "new"),
    ]
    # Two month ends, two pairs that ever occur.
    assert len(moves) == 2 * 2


# ---------------------------------------------------------------- golden numbers


@pytest.fixture(scope="module")
def cdnow() -> Reading:
    """CDNOW master, one row an order, as of 1998-06-30."""
    path = distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_master.txt")
    lines = [line.split() for line in Path(str(path)).read_text().splitlines()[1:]]
    raw = rows_of(
        {
            "order_id": str(number),
            "customer_id": line[0],
            "ordered_at": f"{line[1][:4]}-{line[1][4:6]}-{line[1][6:]}",
            "amount": line[3],
        }
        for number, line in enumerate(line for line in lines if line)
    )
    return classify({"orders": raw}, replace(AT, as_of=date(1998, 6, 30)))


GREGORIAN = Vars(calendars=("gregorian",))


def test_cdnow_customer_flow(cdnow: Reading) -> None:
    # Golden months 1997-01, 1997-04 and 1998-06, quarter 1997-Q2, both years.
    flow = metrics.customer_flow(cdnow.staged, cdnow.as_of, GREGORIAN)
    columns = ("start", "new", "reactivated", "churned")
    found = {
        (row["period_grain"], row["period_start"]): [
            *(row["customers_start" if c == "start" else f"{c}_customers"] for c in columns),
            row["customers_end"],
            row["lost_customers"],
        ]
        for row in flow
    }
    assert found["month", date(1997, 1, 1)] == [0, 7846, 0, 0, 7846, 0]
    assert found["month", date(1997, 4, 1)] == [23570, 0, 138, 5680, 18028, 5542]
    assert found["month", date(1998, 6, 1)] == [3612, 0, 731, 1042, 3301, 949]
    assert found["quarter", date(1997, 4, 1)] == [23570, 0, 1489, 19737, 5322, 18248]
    assert found["year", date(1997, 1, 1)] == [0, 23570, 6951, 26345, 4176, 0]
    assert found["year", date(1998, 1, 1)] == [4176, 0, 4553, 5428, 3301, 2462]


def test_cdnow_cohorts_and_repeats(cdnow: Reading) -> None:
    # Golden: the March cohort, the early repeats over all cohorts, the repeat rate, net revenue.
    cohorts = metrics.retention_cohorts(cdnow.staged, cdnow.as_of, GREGORIAN)
    march = [r["active_customers"] for r in cohorts if r["cohort_month"] == date(1997, 3, 1)]
    assert march == [
        *(7248, 1032, 752, 756, 674, 564, 561, 579),
        *(634, 569, 464, 472, 678, 420, 443, 457),
    ]
    assert sum(row["net_revenue"] for row in cohorts) == Decimal("2500315.63")
    assert sum(row["orders"] for row in cohorts) == 69_659
    repeats: Counter[int] = Counter()
    for row in metrics.early_repeat(cdnow.staged, cdnow.as_of, GREGORIAN):
        repeats[row["horizon_days"]] += row["repeated_customers"]
    assert repeats == {30: 4115, 60: 5929, 90: 6887, 365: 10810}
    months = replace(GREGORIAN, grains=("month",))
    last = metrics.repeat_purchase(cdnow.staged, cdnow.as_of, months)[-1]
    assert last["cumulative_repeat_rate"] == Fraction(11_516, 23_570)


def test_cdnow_rfm(cdnow: Reading) -> None:
    # Golden: customers a segment, a recency score and a frequency score.
    rfm = metrics.customers_rfm(cdnow.staged, cdnow.as_of, GREGORIAN)
    assert Counter(row["segment"] for row in rfm) == {
        "hibernating": 8537,
        "champion": 4134,
        "about_to_sleep": 3517,
        "loyal": 3246,
        "potential_loyalist": 2431,
        "need_attention": 955,
        "at_risk": 744,
        "cannot_lose": 6,
    }
    assert Counter(row["recency_score"] for row in rfm) == {
        1: 4539,
        2: 4748,
        3: 4844,
        4: 4720,
        5: 4719,
    }
    assert Counter(row["frequency_score"] for row in rfm) == {1: 12054, 3: 4040, 4: 3641, 5: 3835}


# ---------------------------------------------------------------- random histories


@given(history=histories())
@hypothesis_settings(max_examples=25, deadline=None)
def test_laws_hold_on_clean_histories(history: History) -> None:
    # A reference that breaks the dictionary's own identities cannot judge the warehouse.
    reading = classify(history.raw, history.settings)
    assert not [verdict for verdict in reading.verdicts if verdict.reason]
    marts = {
        name: mart(reading.staged, reading.as_of, history.variables) for name, mart in MARTS.items()
    }
    for row in marts["metrics.customer_flow"]:
        assert row["customers_end"] == (
            row["customers_start"]
            + row["new_customers"]
            + row["reactivated_customers"]
            - row["churned_customers"]
        )
    for calendar in ("gregorian", "jalali"):
        cohorts = [row for row in marts["metrics.retention_cohorts"] if row["calendar"] == calendar]
        assert sum(row["net_revenue"] for row in cohorts) == sum(
            row["net_revenue"] for row in marts["customers.customers"]
        )
    assert {row["customer_id"] for row in marts["customers.lifecycle"]} == {
        row["customer_id"] for row in marts["customers.rfm"]
    }


@given(history=histories(dirty=True))
@hypothesis_settings(max_examples=25, deadline=None)
def test_every_row_of_a_dirty_history_is_accounted_for(history: History) -> None:
    # A row that is in no class has been lost silently.
    reading = classify(history.raw, history.settings)
    for table, count in reading.balance().items():
        assert count["raw_rows"] == len(history.raw.get(table, []))
        assert count["staged_rows"] == len(reading.staged[table])
    for verdict in reading.verdicts:
        assert (verdict.reason in REASONS) == (verdict.status == "rejected")


def test_a_history_survives_its_files(tmp_path: Path) -> None:
    # A value mangled on the way to the file would be blamed on the warehouse.
    row = ORDER | {"order_id": ' 0,"1 ', "status": None}
    bad = {"_file": "a.csv", "_row": 2, "_bad_line": "too,short"}
    history = History({"orders": [*rows_of([row]), bad], "refunds": []}, AT, Vars())
    write_history(history, tmp_path)
    with (tmp_path / "orders" / "a.csv").open(newline="", encoding="utf-8") as handle:
        header, line, short = csv.reader(handle)
    assert header == [column.name for column in TABLES["orders"].columns]
    assert (line[0], line[header.index("status")]) == (' 0,"1 ', "")
    assert short == ["too", "short"]
    assert (tmp_path / "refunds" / "part-1.csv").exists()
