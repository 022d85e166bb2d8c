"""Customers in and out: the bridge of a period, churn, the leaky bucket, what comes back."""

import streamlit as st

from report import charts
from report.blocks import chart, page_head, section
from report.figures import (
    FLOW,
    FLOW_PARTS,
    SOURCES,
    bridge_steps,
    churn_rows,
    columns_of,
    flow_rows,
    flow_steps,
)
from report.published import Row
from report.view import View

MRR_PARTS = {
    "new_mrr": 1,
    "reactivation_mrr": 1,
    "expansion_mrr": 1,
    "contraction_mrr": -1,
    "churned_mrr": -1,
}


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "flow")
    rows = flow_rows(view)
    left, right = st.columns([2, 3])
    with left:
        chosen, steps = flow_steps(view)
        chart(
            view,
            "flow_bridge",
            chosen,
            lambda: charts.bridge(steps, words, "count"),
            SOURCES["flow_bridge"],
        )
    with right:
        parts = [
            {**row, "part": words.column(name), "value": sign * row[name]}
            for row in rows
            for name, sign, _ in FLOW_PARTS
        ]
        names = [(words.column(name), paint) for name, _, paint in FLOW_PARTS]
        chart(
            view,
            "in_and_out",
            parts,
            lambda: charts.in_and_out(parts, names, words),
            columns_of(FLOW, *(name for name, _, _ in FLOW_PARTS)),
            legend=period_legend(view, rows),
        )
    left, right = st.columns(2)
    with left:
        churn = churn_rows(view)
        chart(
            view,
            "churn_rate",
            churn,
            lambda: charts.trend(churn, words, "rate"),
            SOURCES["churn_rate"],
            legend=period_legend(view, churn),
        )
    with right:
        bucket = [{**row, "value": row["leaky_bucket_ratio"]} for row in rows]
        chart(
            view,
            "leaky_bucket",
            bucket,
            lambda: charts.trend(bucket, words, "ratio"),
            columns_of(FLOW, "leaky_bucket_ratio"),
        )
    left, right = st.columns(2)
    with left:
        sensitivity(view)
    with right:
        back = view.metric("winback.winback_rate")
        chart(
            view,
            "winback_rate",
            back,
            lambda: charts.trend(back, words, "rate"),
            columns_of("metrics.winback", "winback_rate", "won_back_customers", "churned_pool"),
        )
    section(view, "recurring")
    recurring(view)


def period_legend(view: View, rows: list[Row]) -> list[tuple[str, str]]:
    """What the looks of a period mean, as far as they occur."""
    found = []
    if any(not row["is_complete"] for row in rows):
        found.append(("fill-open", view.words.text("word.open")))
    if any(row.get("is_burn_in") for row in rows):
        found.append(("fill-grey", view.words.text("word.burn_in")))
    return found


def sensitivity(view: View) -> None:
    """The churn rate of the chosen period under other windows."""
    words = view.words
    mart = "metrics.churn_sensitivity"
    rows = view.chosen(
        view.series(
            mart,
            ["churn_window_days", "customers_start", "lost_customers", "churn_rate as value"],
            "purchase_rhythm = 'all' and not is_window_burn_in",
        )
    )
    shown = [
        {**row, "label": words.text("word.days", days=words.number(row["churn_window_days"]))}
        for row in sorted(rows, key=lambda row: int(row["churn_window_days"]))
    ]
    chart(
        view,
        "churn_sensitivity",
        shown,
        lambda: charts.ranking(shown, words, "rate"),
        columns_of(mart, "churn_rate", "churn_window_days"),
    )


def recurring(view: View) -> None:
    """Recurring revenue from the start of the chosen period to its end, and its churn."""
    words = view.words
    mart = "metrics.revenue_churn"
    rows = view.series(mart, ["opening_mrr", *MRR_PARTS, "closing_mrr", "gross_revenue_churn_rate"])
    chosen = view.chosen(rows)
    steps = bridge_steps(words, chosen, "opening_mrr", MRR_PARTS, "closing_mrr")
    left, right = st.columns([3, 2])
    with left:
        chart(
            view,
            "mrr_bridge",
            chosen,
            lambda: charts.bridge(steps, words, "money"),
            columns_of(mart, "opening_mrr", *MRR_PARTS, "closing_mrr"),
            needs=("subscriptions",),
            value="closing_mrr",
        )
    with right:
        churn = [{**row, "value": row["gross_revenue_churn_rate"]} for row in rows]
        chart(
            view,
            "revenue_churn_rate",
            churn,
            lambda: charts.trend(churn, words, "rate"),
            columns_of(mart, "gross_revenue_churn_rate"),
            needs=("subscriptions",),
        )
