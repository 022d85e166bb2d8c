from datetime import date, datetime

import pytest

from report.words import Kind, Words, kind_of

ENGLISH, PERSIAN = Words("en"), Words("fa")
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2069"))


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "rate", "–"),  # a null is no zero
        (0, "rate", "0.0%"),
        (0.0974, "rate", "9.7%"),
        (-0.0049, "rate", "−0.5%"),
        (-0.00001, "rate", "0.0%"),  # no minus before a zero
        (1213, "count", "1,213"),
        (12_345_678, "count", "12.35 m"),
        (29353.53, "money", "29,354"),
        (30.234, "money", "30.23"),
        (2_500_000_000, "money", "2.50 bn"),
        (25.42, "points", "25.4"),
        (1.034, "ratio", "1.03"),
        (33.0, "days", "33"),
        (33.5, "days", "33.5"),
        (True, "bool", "yes"),
        (date(2026, 6, 30), "date", "2026-06-30"),
        (datetime(2026, 6, 30, 7, 5), "time", "2026-06-30 07:05"),  # noqa: DTZ001 - stored in UTC
        ("champion", "text", "Champion"),
        ("my_own_shelf", "text", "my_own_shelf"),  # a shop's own word stays as it is
    ],
)
def test_numbers_in_english(value: object, kind: Kind, shown: str) -> None:
    assert ENGLISH.number(value, kind) == shown


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (1213, "count", "۱٬۲۱۳"),
        (-0.0974, "rate", "−۹٫۷٪"),
        (2_500_000, "money", "۲٫۵۰ میلیون"),
        (date(2026, 6, 30), "date", "۲۰۲۶-۰۶-۳۰"),
        ("champion", "text", "قهرمان"),
    ],
)
def test_numbers_in_persian(value: object, kind: Kind, shown: str) -> None:
    assert PERSIAN.number(value, kind).translate(ISOLATES) == shown


def test_signed_numbers() -> None:
    assert ENGLISH.number(0.4, "points", signed=True) == "+0.4"
    assert ENGLISH.number(0, "points", signed=True) == "0.0"


def test_periods_in_both_calendars() -> None:
    assert ENGLISH.period("gregorian", "month", 2026, 2, 6) == "Jun 2026"
    assert ENGLISH.period("jalali", "quarter", 1405, 2, 4) == "Q2 1405"
    assert PERSIAN.period("jalali", "month", 1405, 2, 4) == "تیر ۱۴۰۵"
    assert PERSIAN.period("jalali", "year", 1405, 2, 4) == "۱۴۰۵"


@pytest.mark.parametrize(
    ("column", "data_type", "kind"),
    [
        ("churn_rate", "DOUBLE", "rate"),
        ("share_of_new_customers", "DOUBLE", "rate"),
        ("top_20_percent_revenue_share", "DOUBLE", "rate"),
        ("net_revenue", "DECIMAL(38,4)", "money"),
        ("predicted_clv", "DOUBLE", "money"),
        ("leaky_bucket_ratio", "DOUBLE", "ratio"),
        ("nps", "DOUBLE", "points"),
        ("customers", "BIGINT", "count"),
        ("churned_on", "DATE", "date"),
    ],
)
def test_a_column_is_written_by_its_name_and_type(column: str, data_type: str, kind: Kind) -> None:
    # Prevents: a share shown as 0.07 and a rate as 10 %.
    assert kind_of(column, data_type) == kind
