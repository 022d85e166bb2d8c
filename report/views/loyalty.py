"""Loyalty: NPS with its interval, what it is made of, and what detractors do next."""

import streamlit as st

from report import charts
from report.blocks import chart, filter_page, page_head
from report.figures import NPS, SOURCES, columns_of, nps_rows
from report.published import Row
from report.view import View

PARTS = (
    ("promoters", charts.ACCENT),
    ("passives", charts.GREY_SOFT),
    ("detractors", charts.WARM),
)
FOLLOW_UP = "metrics.nps_follow_up"
NEEDS = ("surveys",)


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "loyalty")
    rows = nps_rows(view)
    kinds = list(dict.fromkeys(str(row["segment_type"]) for row in rows)) or ["all"]
    kind = filter_page(view, "segment_type", sorted(kinds, key=lambda name: (name != "all", name)))
    names = list(dict.fromkeys(str(row["segment"]) for row in rows if row["segment_type"] == kind))
    segment = filter_page(view, "segment", sorted(names) or ["all"]) if kind != "all" else "all"
    chosen = [row for row in rows if (row["segment_type"], row["segment"]) == (kind, segment)]
    left, right = st.columns([3, 2])
    with left:
        chart(
            view,
            "nps",
            chosen,
            lambda: charts.intervals(chosen, words, "points", by_period=True),
            SOURCES["nps"],
            NEEDS,
        )
    with right:
        parts = [
            {**row, "part": words.column(name), "value": row[name]}
            for row in chosen
            for name, _ in PARTS
            if row["responses"]
        ]
        chart(
            view,
            "nps_parts",
            parts,
            lambda: charts.shares(
                parts, [(words.column(name), fill) for name, fill in PARTS], words
            ),
            columns_of(NPS, *(name for name, _ in PARTS)),
            NEEDS,
        )
    left, right = st.columns(2)
    with left:
        by_segment(view, rows, kind if kind != "all" else "rfm_segment")
    with right:
        follow_up(view)


def by_segment(view: View, rows: list[Row], kind: str) -> None:
    """NPS of the segments side by side, in the chosen period."""
    words = view.words
    found = [
        {**row, "label": words.value(row["segment"])}
        for row in view.chosen(rows)
        if row["segment_type"] == kind and row["responses"]
    ]
    found.sort(key=lambda row: -float(row["value"]))
    chart(
        view,
        "nps_by_segment",
        found,
        lambda: charts.intervals(found, words, "points", by_period=False),
        columns_of(NPS, "segment", "nps", "ci_low", "ci_high"),
        NEEDS,
    )


def follow_up(view: View) -> None:
    """How many answerers of each group churned soon after."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(FOLLOW_UP):
        rows = view.published.rows(
            "select answer_group, eligible_answers, churned_answers, follow_up_churn_rate as value,"
            f" churn_ratio_to_promoters from {FOLLOW_UP}"
            " where segment_type = 'all' and answer_group <> 'all'"
        )
    order = ("promoter", "passive", "detractor")
    shown = [
        {
            **row,
            "label": words.value(row["answer_group"]),
            "note": words.text(
                "word.part_of",
                part=words.number(row["churned_answers"]),
                whole=words.number(row["eligible_answers"]),
            ),
        }
        for name in order
        for row in rows
        if row["answer_group"] == name
    ]
    chart(
        view,
        "nps_follow_up",
        shown,
        lambda: charts.ranking(shown, words, "rate", notes=True),
        columns_of(FOLLOW_UP, "follow_up_churn_rate", "eligible_answers", "churned_answers"),
        NEEDS,
    )
