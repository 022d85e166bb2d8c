"""CDNOW, whose numbers are known from outside, through the whole warehouse."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.check import metrics_allowed
from orchestration.dbt_run import read_manifest
from tests.copied import settings_of
from tests.golden.conftest import (
    CDNOW_AS_OF,
    Warehouse,
    build_models_of,
    differing_marts,
    write_cdnow,
)

MONTHS = """
0 7846 0 0 7846 0 · 7846 8476 0 0 16322 0 · 16322 7248 0 0 23570 0 · 23570 0 138 5680 18028 5542 ·
18028 0 377 7742 10663 7556 · 10663 0 974 6315 5322 6006 · 5322 0 1036 1491 4867 1349 ·
4867 0 805 1096 4576 1020 · 4576 0 811 1192 4195 1107 · 4195 0 937 1187 3945 1092 ·
3945 0 1001 836 4110 748 · 4110 0 872 806 4176 741 · 4176 0 699 892 3983 830 ·
3983 0 754 1015 3722 930 · 3722 0 1090 995 3817 877 · 3817 0 663 703 3777 648 ·
3777 0 616 781 3612 730 · 3612 0 731 1042 3301 949
"""
QUARTERS = """
0 23570 0 0 23570 0 · 23570 0 1489 19737 5322 18248 · 5322 0 2652 3779 4195 3083 ·
4195 0 2810 2829 4176 2160 · 4176 0 2543 2902 3817 2238 · 3817 0 2010 2526 3301 2063
"""
YEARS = "0 23570 6951 26345 4176 0 · 4176 0 4553 5428 3301 2462"

COHORTS = {
    date(1997, 1, 1): "7846 1157 964 810 679 736 720 582 559 594 673 634 528 511 664 472 497 498",
    date(1997, 2, 1): "8476 1312 980 783 847 786 626 619 666 721 661 545 568 718 545 548 551",
    date(1997, 3, 1): "7248 1032 752 756 674 564 561 579 634 569 464 472 678 420 443 457",
}


def flow_table(text: str, months: int) -> list[tuple[date | int, ...]]:
    """Read rows `a b c · d e f` and put each period's first day before them."""
    rows = [tuple(map(int, row.split())) for row in text.split("·")]
    starts = (
        date(1997 + number * months // 12, number * months % 12 + 1, 1)
        for number in range(len(rows))
    )
    return [(start, *row) for start, row in zip(starts, rows, strict=True)]


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("month", flow_table(MONTHS, 1)),
        ("quarter", flow_table(QUARTERS, 3)),
        ("year", flow_table(YEARS, 12)),
    ],
)
def test_customer_flow_of_every_period(
    cdnow: Warehouse, grain: str, expected: list[tuple[date | int, ...]]
) -> None:
    # A spell cut or begun a day off moves customers between new, reactivated and churned.
    assert (
        cdnow.rows(
            "select period_start, customers_start, new_customers, reactivated_customers, "
            "churned_customers, customers_end, lost_customers from metrics.customer_flow "
            "where calendar = 'gregorian' and period_grain = ? order by period_start",
            grain,
        )
        == expected
    )


def test_customer_flow_marks_what_is_incomplete(cdnow: Warehouse) -> None:
    # 1998 ends after as_of: taken for a whole year it would be compared with 1997.
    assert cdnow.rows(
        "select period_grain, period_start from metrics.customer_flow "
        "where calendar = 'gregorian' and not is_complete"
    ) == [("year", date(1998, 1, 1))]


def test_totals_of_all_customers(cdnow: Warehouse) -> None:
    # An order lost, doubled or credited to another customer changes one of these.
    assert cdnow.rows(
        "select count(*), sum(orders), sum(order_days), cast(sum(net_revenue) as varchar) "
        "from customers.customers"
    ) == [(23570, 69659, 67591, "2500315.6300")]


def test_orders_and_revenue_add_up_over_periods(cdnow: Warehouse) -> None:
    # A period that loses its first or last day drops orders from the totals.
    totals = cdnow.rows(
        "select calendar, period_grain, sum(orders), cast(sum(net_revenue) as varchar) "
        "from metrics.revenue group by all order by all"
    )
    assert totals == [
        (calendar, grain, 69659, "2500315.6300")
        for calendar in ("gregorian", "jalali")
        for grain in ("month", "quarter", "year")
    ]


def test_zero_amount_orders_count(cdnow: Warehouse) -> None:
    # Dropping the 80 free orders would take their order days with them.
    assert cdnow.build_rows("select count(*) from staging.orders where amount = 0") == [(80,)]


def test_days_between_order_days(cdnow: Warehouse) -> None:
    # Two orders on one day are one occasion: counted twice they would add gaps of 0 days.
    assert cdnow.rows(
        "select sum(order_days - 1), "
        "round(sum(last_order_date - first_order_date) / sum(order_days - 1), 3) "
        "from customers.customers"
    ) == [(44021, 72.214)]
    assert cdnow.build_rows(
        "select count(days_since_previous_order), median(days_since_previous_order) "
        "from intermediate.order_days"
    ) == [(44021, 34)]


def test_cumulative_repeat_rate(cdnow: Warehouse) -> None:
    # Counting orders instead of order days calls a customer with two orders in one day loyal.
    assert cdnow.rows(
        "select cumulative_repeat_buyers, cumulative_buyers, cumulative_repeat_rate "
        "from metrics.repeat_purchase where calendar = 'gregorian' "
        "and period_grain = 'month' and period_start = date '1998-06-01'"
    ) == [(11516, 23570, pytest.approx(11516 / 23570))]


@pytest.mark.parametrize("calendar", ["gregorian", "jalali"])
def test_early_repeat_at_each_horizon(cdnow: Warehouse, calendar: str) -> None:
    # An off-by-one at the horizon moves hundreds of customers; the cohort calendar moves none.
    assert cdnow.rows(
        "select horizon_days, sum(cohort_customers), sum(eligible_customers), "
        "sum(repeated_customers) from metrics.early_repeat where calendar = ? "
        "group by horizon_days order by horizon_days",
        calendar,
    ) == [
        (30, 23570, 23570, 4115),
        (60, 23570, 23570, 5929),
        (90, 23570, 23570, 6887),
        (365, 23570, 23570, 10810),
    ]


def test_retention_cohorts_cell_by_cell(cdnow: Warehouse) -> None:
    # A missing silent month or a month number counted in days shifts the whole line.
    cells: dict[date, list[tuple[int, int]]] = {}
    for cohort, number, active in cdnow.rows(
        "select cohort_month, month_number, active_customers from metrics.retention_cohorts "
        "where calendar = 'gregorian' order by cohort_month, month_number"
    ):
        cells.setdefault(cohort, []).append((number, active))
    assert cells == {
        cohort: list(enumerate(map(int, line.split()))) for cohort, line in COHORTS.items()
    }


def test_retention_cohorts_hold_all_orders_and_revenue(cdnow: Warehouse) -> None:
    # Cells that overlap or leave a gap would not add up to the shop.
    totals = cdnow.rows(
        "select calendar, sum(orders), cast(sum(net_revenue) as varchar), "
        "sum(cohort_customers) filter (where month_number = 0) "
        "from metrics.retention_cohorts group by calendar order by calendar"
    )
    assert totals == [
        (calendar, 69659, "2500315.6300", 23570) for calendar in ("gregorian", "jalali")
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "segment",
            {
                "hibernating": 8537,
                "champion": 4134,
                "about_to_sleep": 3517,
                "loyal": 3246,
                "potential_loyalist": 2431,
                "need_attention": 955,
                "at_risk": 744,
                "cannot_lose": 6,
            },
        ),
        ("frequency_score", {1: 12054, 3: 4040, 4: 3641, 5: 3835}),
        ("recency_score", {1: 4539, 2: 4748, 3: 4844, 4: 4720, 5: 4719}),
    ],
)
def test_rfm_counts(cdnow: Warehouse, column: str, expected: dict[int | str, int]) -> None:
    # ntile and floating-point quantiles give equal customers different scores.
    assert (
        dict(cdnow.rows(f"select {column}, count(*) from customers.rfm group by all")) == expected
    )


def test_rfm_frequency_scores_follow_order_days(cdnow: Warehouse) -> None:
    # Each score must cover the published range of order days, not only its published count.
    assert cdnow.rows(
        "select frequency_score, min(frequency), least(max(frequency), 5) from customers.rfm "
        "group by frequency_score order by frequency_score"
    ) == [(1, 1, 1), (3, 2, 2), (4, 3, 4), (5, 5, 5)]


def test_lifecycle_agrees_with_the_flow(cdnow: Warehouse) -> None:
    # Spells and flow are two views of one thing; each total is a sum of the published lines.
    rows = [row[1:] for row in flow_table(MONTHS, 1)]
    reactivated, churned = (sum(int(str(row[at])) for row in rows) for at in (2, 3))
    assert cdnow.rows(
        "select count(*) filter (where spell_number = 1), "
        "count(*) filter (where spell_number > 1), count(churned_on), "
        "count(*) filter (where churned_on is null), sum(orders), "
        "cast(sum(net_revenue) as varchar) from customers.lifecycle"
    ) == [(23570, reactivated, churned, 3301, 69659, "2500315.6300")]


def test_every_row_is_in_the_balance(cdnow: Warehouse) -> None:
    # A file that is skipped or read twice shows here first.
    assert cdnow.rows(
        "select raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows, staged_rows "
        "from quality.row_balance where raw_table = 'orders'"
    ) == [(69659, 0, 0, 0, 69659)]


def test_make_check_knows_which_marts_orders_alone_leave_empty(cdnow: Warehouse) -> None:
    # Prevents: a promise of numbers that stay empty. No order of CDNOW names a service.
    settings = settings_of(cdnow.build.parent, Path(), CDNOW_AS_OF)
    allowed = metrics_allowed(read_manifest(settings), {"orders"})
    empty = {
        f"{schema}.{name}"
        for schema, name in cdnow.rows("select schema_name, table_name from duckdb_tables()")
        if schema != "quality" and cdnow.rows(f"select 1 from {schema}.{name} limit 1") == []
    }
    said = {mart for mart, verdict, _ in allowed if verdict.startswith("empty without ")}
    assert empty == said | {"metrics.service_transitions"}


def test_a_second_run_changes_no_row(cdnow: Warehouse, cdnow_again: Warehouse) -> None:
    # A model that appends, or ranks ties by chance, differs from run to run.
    assert differing_marts(cdnow, cdnow_again) == {}


def later_orders() -> Iterator[str]:
    """Orders after as_of: of old customers, of a new one and of a guest."""
    yield "later-1,00001,1998-07-01,10.00"
    yield "later-2,23570,1998-09-15,20.00"
    yield "later-3,newcomer,1998-07-02,30.00"
    yield "later-4,,1999-01-01,40.00"


def test_ten_csv_files_and_rows_after_as_of_change_no_mart(
    cdnow: Warehouse, tmp_path: Path
) -> None:
    # Text lost to type guessing (leading zeros, dates) or a file read twice would show; a rank, a
    # median or a last order that peeks past as_of rewrites the past.
    write_cdnow(tmp_path / "raw", "--format", "csv", "--files", "10")
    assert len(list((tmp_path / "raw" / "orders").iterdir())) == 10
    later = tmp_path / "raw" / "orders" / "orders_later.csv"
    later.write_text("\n".join(["order_id,customer_id,ordered_at,amount", *later_orders(), ""]))
    built = build_models_of(tmp_path / "raw", tmp_path / "warehouse", CDNOW_AS_OF)
    # The later orders are counted where every raw row is, and nowhere else.
    assert differing_marts(cdnow, built) == {"quality.row_balance": (1, 1)}
    assert built.rows(
        "select raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows, staged_rows "
        "from quality.row_balance where raw_table = 'orders'"
    ) == [(69663, 0, 0, 4, 69659)]


def test_the_second_order_is_the_same_in_every_mart(cdnow: Warehouse) -> None:
    # Three marts look for the order after the first; a second definition would part them.
    repeated = [(30, 4115), (60, 5929), (90, 6887), (365, 10810)]
    assert (
        cdnow.rows(
            "select horizon_days, returned_order_days from metrics.next_order_timing "
            "where segment_type = 'all' and order_number = 1 and horizon_days in (30, 60, 90, 365) "
            "order by horizon_days"
        )
        == repeated
    )
    assert (
        cdnow.rows(
            "select horizon_days, repeated_customers from metrics.first_order_quality "
            "where segment_type = 'all' order by horizon_days"
        )
        == repeated
    )


def test_churn_under_the_window_of_customer_flow(cdnow: Warehouse) -> None:
    # The quarters of the customer flow: start and lost, told again by another way of counting.
    assert cdnow.rows(
        "select customers_start, lost_customers from metrics.churn_sensitivity "
        "where calendar = 'gregorian' and period_grain = 'quarter' and purchase_rhythm = 'all' "
        "and churn_window_days = 90 order by period_start"
    ) == [(0, 0), (23570, 18248), (5322, 3083), (4195, 2160), (4176, 2238), (3817, 2063)]


def test_value_of_the_customers(cdnow: Warehouse) -> None:
    # 2,500,315.63 over 23,570 customers is 106.0804 each; no cost is known, no channel either.
    total, customers = Decimal("2500315.63"), 23570
    assert cdnow.rows(
        "select count(*), sum(historic_value), min(historic_basis), max(historic_basis) "
        "from customers.clv"
    ) == [(customers, total, "net_revenue", "net_revenue")]
    assert cdnow.rows(
        "select calendar, sum(earned_value) from metrics.clv_cohorts group by calendar order by 1"
    ) == [("gregorian", total), ("jalali", total)]
    assert cdnow.rows(
        "select acquisition_channel, new_customers, spend, ltv from metrics.acquisition "
        "where calendar = 'gregorian' and period_grain = 'year' and new_customers > 0"
    ) == [("unknown", customers, 0, Decimal("106.0804"))]


def test_lifetime_follows_the_customer_flow(cdnow: Warehouse) -> None:
    # July 1997 to June 1998: another choice of months, or a mean of rates, gives another life.
    starts = (5322, 4867, 4576, 4195, 3945, 4110, 4176, 3983, 3722, 3817, 3777, 3612)
    lost = (1349, 1020, 1107, 1092, 748, 741, 830, 930, 877, 648, 730, 949)
    years = 1 / (1 - (1 - sum(lost) / sum(starts)) ** 12)
    found = cdnow.rows("select distinct expected_lifetime_years from customers.clv")
    assert [life for (life,) in found] == [pytest.approx(years, rel=1e-12)]


def test_the_pool_to_win_back_is_who_is_not_active(cdnow: Warehouse) -> None:
    # Of the 23,570 customers those who are not active when a quarter starts.
    assert cdnow.rows(
        "select churned_pool from metrics.winback where calendar = 'gregorian' "
        "and period_grain = 'quarter' order by period_start"
    ) == [(0,), (0,), (23570 - 5322,), (23570 - 4195,), (23570 - 4176,), (23570 - 3817,)]
