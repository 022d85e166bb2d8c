"""Overview: the scorecard against its targets, what moved, and what the checks warn of."""

import streamlit as st

from report import charts, markup
from report.blocks import chart, page_head, section, table
from report.figures import SOURCES, finding_table, news_table
from report.view import View


def page(view: View) -> None:
    """The first page."""
    words = view.words
    page_head(view, "overview")
    st.html(markup.cards(view.published, words, view.scorecard()))
    if missing := view.missing_metrics():
        names = ", ".join(words.column(name.split(".")[1]) for name in missing)
        st.html(markup.empty(words.text("empty.cards"), names))
    left, right = st.columns(2)
    with left:
        revenue = view.metric("revenue.net_revenue")
        chart(
            view,
            "net_revenue",
            revenue,
            lambda: charts.bars(revenue, words, "money"),
            SOURCES["net_revenue"],
        )
    with right:
        base = view.metric("customer_flow.customers_end")
        chart(
            view,
            "customers_end",
            base,
            lambda: charts.trend(base, words, "count"),
            SOURCES["customers_end"],
        )
    section(view, "changes")
    table(view, "news", news_table(view), SOURCES["news"], needs=())
    table(view, "findings", finding_table(view), SOURCES["findings"], needs=())
