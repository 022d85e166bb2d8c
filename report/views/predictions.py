"""Predictions: what customers are expected to bring, and how well the model has done so far."""

import streamlit as st

from report import charts, markup
from report.blocks import chart, filter_page, page_head, table
from report.figures import columns_of
from report.markup import Card, Head, Table, head_of
from report.published import Row
from report.view import View

EQUITY, BACKTEST = "metrics.customer_equity", "metrics.clv_backtest"
RENEWALS, FITS = "metrics.subscription_retention", "metrics.model_fits"
TOTALS = ("customer_equity", "equity_per_customer", "total_expected_orders", "valued_customers")


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "predictions")
    rows = equity_rows(view)
    everyone = [row for row in rows if row["segment_type"] == "all"]
    cards = [
        Card(EQUITY, name, row[name], view.kind(EQUITY, name), unit=unit(view, name))
        for row in everyone
        for name in TOTALS
    ]
    if cards:
        st.html(markup.cards(view.published, words, cards))
    left, right = st.columns(2)
    with left:
        by_segment(view, rows)
    with right:
        backtest(view)
    renewals(view)
    fits(view)


def unit(view: View, name: str) -> str:
    """The currency of money, else nothing."""
    return view.words.currency if view.kind(EQUITY, name) == "money" else ""


def equity_rows(view: View) -> list[Row]:
    """Predicted value in all and by segment."""
    if not view.published.has_rows(EQUITY):
        return []
    return view.published.rows(
        f"select segment_type, segment, {', '.join(TOTALS)}, equity_share from {EQUITY}"
        " order by customer_equity desc nulls last, segment"
    )


def by_segment(view: View, rows: list[Row]) -> None:
    """Predicted value of the segments."""
    words = view.words
    kinds = sorted({str(row["segment_type"]) for row in rows} - {"all"})
    kind = filter_page(view, "equity_by", kinds, "rfm_segment") if kinds else ""
    shown = [
        {
            **row,
            "label": words.value(row["segment"]),
            "value": row["customer_equity"],
            "note": words.number(row["equity_share"], "rate"),
        }
        for row in rows
        if row["segment_type"] == kind
    ]
    chart(
        view,
        "equity_segments",
        shown,
        lambda: charts.ranking(shown, words, "money", notes=True),
        columns_of(EQUITY, "customer_equity", "equity_share"),
    )


def backtest(view: View) -> None:
    """Order days predicted from the first part of the history, beside those that came."""
    words = view.words
    rows: list[Row] = []
    names = ("customers", "actual_orders", "predicted_orders", "naive_orders", "predicted_error")
    if view.published.has_rows(BACKTEST):
        rows = view.published.rows(
            f"select frequency_class, {', '.join(names)} from {BACKTEST}"
            " order by frequency_class = 'all', frequency_class"
        )
    heads = [
        Head("frequency_class", words.column("frequency_class")),
        *(head_of(view.published, words, BACKTEST, name) for name in names[:-1]),
        Head("predicted_error", words.column("predicted_error"), "rate"),
    ]
    table(view, "clv_backtest", Table(heads, rows), columns_of(BACKTEST, *names))


def renewals(view: View) -> None:
    """The share of subscribers left after each renewal, seen and fitted."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(RENEWALS):
        rows = view.published.rows(
            f"select period_number, observed_survival, fitted_survival from {RENEWALS}"
            " order by period_number"
        )
    lines = [
        {
            "line": words.column(name),
            "age": row["period_number"],
            "value": row[name],
            "tone": tone,
        }
        for name, tone in (("fitted_survival", "chosen"), ("observed_survival", "main"))
        for row in rows
    ]
    chart(
        view,
        "subscription_survival",
        lines,
        lambda: charts.curves(lines, words, "rate", words.column("period_number")),
        columns_of(RENEWALS, "observed_survival", "fitted_survival", "period_number"),
        needs=("subscriptions",),
    )


def fits(view: View) -> None:
    """Which models were fitted, and what limits them."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(FITS):
        rows = view.published.rows(
            "select model, sample, customers, repeat_customers, is_converged, note, fitted_as_of"
            f" from {FITS} where is_newest order by model, sample"
        )
    heads = [
        Head("model", words.column("model"), "code"),
        Head("sample", words.column("sample"), "code"),
        *(
            head_of(view.published, words, FITS, name)
            for name in ("customers", "repeat_customers", "is_converged", "fitted_as_of")
        ),
        Head("note", words.column("note"), "code", "long"),
    ]
    sources = columns_of(FITS, "model", "sample", "is_converged", "note")
    table(view, "model_fits", Table(heads, rows), sources)
