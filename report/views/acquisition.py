"""Acquisition and value: what customers cost, what they bring, when they have paid back."""

from collections.abc import Sequence

import streamlit as st

from report import charts
from report.blocks import chart, filter_page, page_head, section, table
from report.figures import columns_of
from report.markup import Head, Table, head_of
from report.published import Row
from report.view import View
from report.words import Kind

MART = "metrics.acquisition"
DRIVERS = "metrics.clv_drivers"
COHORTS = "metrics.clv_cohorts"
SHOWN = (
    "spend",
    "new_customers",
    "cac",
    "first_order_margin",
    "ltv",
    "ltv_to_cac",
    "payback_months",
)
# The value a customer of all channels at one age: numerators and denominators summed.
CURVES = """
select
    cohort_month,
    month_number,
    sum(cumulative_historic_value) / nullif(sum(cohort_customers), 0) as value,
    sum(cumulative_historic_value) as cumulative_historic_value,
    sum(cohort_customers) as cohort_customers
from metrics.clv_cohorts
where calendar = ? and cohort_month >= ? and is_complete and (? = 'all' or acquisition_channel = ?)
group by cohort_month, month_number
order by cohort_month, month_number
"""


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "acquisition")
    rows = view.series(MART, ["acquisition_channel", *SHOWN])
    channels = sorted({str(row["acquisition_channel"]) for row in rows})
    channel = filter_page(view, "acquisition_channel", ["all", *channels])
    left, right = st.columns(2)
    with left:
        of_channel(view, rows, channel, "cac", "money", ("spend", "new_customers"))
    with right:
        of_channel(view, rows, channel, "ltv_to_cac", "ratio", ("ltv", "cac"))
    heads = [
        Head("acquisition_channel", words.text("word.channel")),
        *(head_of(view.published, words, MART, name) for name in SHOWN),
    ]
    chosen = sorted(view.chosen(rows), key=lambda row: -row["new_customers"])
    table(view, "channels", Table(heads, chosen), columns_of(MART, *SHOWN))
    section(view, "value")
    left, right = st.columns(2)
    with left:
        drivers(view)
    with right:
        curves(view, channel)
    left, right = st.columns(2)
    with left:
        activation(view, channel)
    with right:
        referred = view.metric("referrals.share_of_new_customers")
        chart(
            view,
            "referrals",
            referred,
            lambda: charts.trend(referred, words, "rate"),
            columns_of("metrics.referrals", "share_of_new_customers", "referred_customers"),
            needs=("customers",),
        )


def of_channel(
    view: View, rows: list[Row], channel: str, column: str, kind: Kind, parts: Sequence[str]
) -> None:
    """A figure of acquisition, of the whole shop or one channel; `parts` are defined with it."""
    whole = view.metric(f"acquisition.{column}")
    found = whole if channel == "all" else one_channel(rows, channel, column)
    chart(
        view,
        column,
        found,
        lambda: charts.trend(found, view.words, kind),
        columns_of(MART, column, *parts),
        needs=("marketing_spend",),
    )


def one_channel(rows: list[Row], channel: str, column: str) -> list[Row]:
    """A column of one channel as a series."""
    return [{**row, "value": row[column]} for row in rows if row["acquisition_channel"] == channel]


def drivers(view: View) -> None:
    """Why a cohort is worth more or less than the one before it, at the same age."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(DRIVERS):
        rows = view.published.rows(
            "select cohort_month, month_number, previous_cohort_month, previous_clv, mix, within,"
            f" clv from {DRIVERS} where calendar = ? and is_complete and clv is not null"
            " and previous_clv is not null order by cohort_month desc, month_number desc",
            view.calendar,
        )
    ages = sorted({int(row["month_number"]) for row in rows})
    if ages:
        age = int(
            filter_page(view, "cohort_age", [str(age) for age in ages], str(min(3, ages[-1])))
        )
        rows = [row for row in rows if row["month_number"] == age][:1]
    steps: list[charts.Step] = []
    for row in rows[:1]:
        names = [
            view.month_names.get(row[key], "") for key in ("previous_cohort_month", "cohort_month")
        ]
        steps = [
            (names[0], float(row["previous_clv"]), True),
            (words.text("step.mix"), float(row["mix"]), False),
            (words.text("step.within"), float(row["within"]), False),
            (names[1], float(row["clv"]), True),
        ]
    chart(
        view,
        "clv_drivers",
        rows,
        lambda: charts.bridge(steps, words, "money"),
        columns_of(DRIVERS, "clv", "mix", "within", "month_number"),
        value="clv",
    )


def curves(view: View, channel: str) -> None:
    """Value a customer by age of the cohort."""
    rows: list[Row] = []
    if view.published.has_rows(COHORTS):
        months = view.published.rows(
            f"select distinct cohort_month from {COHORTS} where calendar = ?", view.calendar
        )
        shown = view.months(row["cohort_month"] for row in months)
        rows = (
            view.published.rows(CURVES, view.calendar, shown[0], channel, channel) if shown else []
        )
    aged = [row["cohort_month"] for row in rows if row["month_number"] >= 3 and row["value"]]
    lines = [
        {
            **row,
            "line": view.month_names[row["cohort_month"]],
            "age": row["month_number"],
            "tone": "chosen" if aged and row["cohort_month"] == aged[-1] else "other",
        }
        for row in rows
    ]
    chart(
        view,
        "clv_curves",
        lines,
        lambda: charts.curves(lines, view.words, "money", view.words.column("month_number")),
        columns_of(COHORTS, "historic_clv", "cumulative_historic_value", "cohort_customers"),
    )


def activation(view: View, channel: str) -> None:
    """The share of new members who order soon, by month of sign-up."""
    mart = "metrics.activation"
    rows: list[Row] = []
    if view.published.has_rows(mart):
        rows = view.published.rows(
            "select signup_month, sum(members) as members,"
            " sum(eligible_members) as eligible_members,"
            " sum(activated_members) as activated_members,"
            " sum(activated_members) / nullif(sum(eligible_members), 0) as value,"
            " sum(eligible_members) = sum(members) as is_complete"
            f" from {mart} where calendar = ? and (? = 'all' or acquisition_channel = ?)"
            " group by signup_month order by signup_month",
            *(view.calendar, channel, channel),
        )
    shown = set(view.months(row["signup_month"] for row in rows))
    series = [
        {**row, "label": view.month_names.get(row["signup_month"], str(row["signup_month"]))}
        for row in rows
        if row["signup_month"] in shown
    ]
    chart(
        view,
        "activation",
        series,
        lambda: charts.trend(series, view.words, "rate"),
        columns_of(mart, "activation_rate", "activated_members", "eligible_members"),
        needs=("customers",),
    )
