"""Segments: the 25 cells of RFM, how large the segments are, and who moved where."""

from datetime import date

import streamlit as st

from report import charts
from report.blocks import chart, choose, page_head, table
from report.figures import SOURCES, columns_of, segment_rows, segment_sizes
from report.markup import Head, Table, head_of
from report.published import Row
from report.view import View

# Two small columns of the customers, counted once a version.
GRID = """
select
    recency_score,
    frequency_score,
    any_value(segment) as segment,
    count(*) as customers
from customers.rfm
group by recency_score, frequency_score
order by recency_score, frequency_score
"""


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "segments")
    ends = month_ends(view)
    end = None
    if ends:
        names = {str(day): words.day(day) for day in ends}
        chosen = choose(words.text("filter.month_end"), "month_end", list(names), names.__getitem__)
        end = date.fromisoformat(chosen)
    left, right = st.columns([3, 2])
    with left:
        grid(view)
    with right:
        sizes(view, end)
    behaviour(view, end)
    migration(view, end)


def month_ends(view: View) -> list[date]:
    """The month ends of the shown calendar, newest first."""
    if not view.published.has_rows("metrics.rfm_segments"):
        return []
    rows = view.published.rows(
        "select distinct month_end from metrics.rfm_segments where calendar = ?"
        " order by month_end desc",
        view.calendar,
    )
    return [row["month_end"] for row in rows]


def grid(view: View) -> None:
    """Customers in each cell of recency and frequency."""
    words = view.words
    rows = view.published.rows(GRID) if view.published.has_rows("customers.rfm") else []
    cells = [
        {
            **row,
            "name": words.value(row["segment"]),
            "value": row["customers"],
        }
        for row in rows
    ]
    chart(
        view,
        "rfm_grid",
        cells,
        lambda: charts.score_grid(cells, words),
        columns_of("customers.rfm", "recency_score", "frequency_score", "segment"),
    )


def sizes(view: View, end: date | None) -> None:
    """Customers of each segment at the month end."""
    words = view.words
    rows = segment_sizes(view, end)
    chart(
        view,
        "segment_sizes",
        rows,
        lambda: charts.ranking(rows, words, "count", notes=True),
        SOURCES["segment_sizes"],
    )


def behaviour(view: View, end: date | None) -> None:
    """What each segment brings and does."""
    words = view.words
    mart = "metrics.rfm_segments"
    timing, discounts = "metrics.next_order_timing", "metrics.discount_sensitivity"
    heads = [
        Head("segment", words.text("word.segment")),
        *(
            head_of(view.published, words, mart, name)
            for name in ("customers", "share", "net_revenue")
        ),
        Head("return_rate", words.text("column.return_rate_30"), "rate"),
        head_of(view.published, words, discounts, "discounted_order_share"),
    ]
    table(
        view,
        "segment_behaviour",
        Table(heads, segment_rows(view, end)),
        [
            *columns_of(mart, "customers", "share", "net_revenue"),
            (timing, "return_rate"),
            (discounts, "discounted_order_share"),
        ],
    )


def migration(view: View, end: date | None) -> None:
    """From which segment to which, in the month up to the month end."""
    words = view.words
    mart = "metrics.rfm_migration"
    rows: list[Row] = []
    if end and view.published.has_rows(mart):
        rows = view.published.rows(
            "select from_segment, to_segment, is_complete, customers from metrics.rfm_migration"
            " where calendar = ? and month_end = ? and customers > 0"
            " order by from_segment = 'none', from_segment, to_segment",
            *(view.calendar, end),
        )
    order = [str(row["segment"]) for row in segment_rows(view, end)]
    places = {name: place for place, name in enumerate(order)}
    cells = [
        {
            **row,
            "line": words.value(row["from_segment"]),
            "column": words.value(row["to_segment"]),
            "value": row["customers"],
        }
        for row in sorted(
            rows,
            key=lambda row: (
                places.get(row["from_segment"], len(places)),
                places.get(row["to_segment"], len(places)),
            ),
        )
    ]
    known = {cell["column"] for cell in cells}
    columns = [words.value(name) for name in order if words.value(name) in known]
    chart(
        view,
        "rfm_migration",
        cells,
        lambda: charts.matrix(
            cells,
            words,
            "count",
            (words.text("word.from_segment"), words.text("word.to_segment")),
            columns=[*columns, *sorted(known - set(columns))],
        ),
        columns_of(mart, "from_segment", "to_segment", "customers"),
    )
