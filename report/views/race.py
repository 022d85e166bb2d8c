"""RACE: reach, act, convert, engage, by channel; and how people get from visit to fifth order."""

import streamlit as st

from report import charts, markup
from report.blocks import chart, filter_page, page_head, section, table
from report.figures import columns_of
from report.markup import Card, Head, Table, head_of
from report.published import Row
from report.view import View

RACE = "metrics.race_funnel"
FUNNEL = "metrics.marketing_funnel"
STAGES = {
    "reach": ("visitors", "followers", "value_per_visitor"),
    "act": ("sessions", "lead_rate", "engaged_rate", "minutes_per_session"),
    "convert": ("buyers", "conversion_rate", "sales", "average_order_value"),
    "engage": ("returning_rate", "nps", "promoters"),
}
STEPS = {
    "visitors": None,
    "engaged_visitors": "engaged_visitor_rate",
    "new_buyers": "new_buyer_rate",
    "second_order_buyers": "second_order_rate",
    "fifth_order_buyers": "fifth_order_rate",
}
COMPARED = (
    "visitors",
    "sessions",
    "engaged_rate",
    "conversion_rate",
    "sales",
    "returning_rate",
    "nps",
)
NEEDS = ("sessions",)


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "race")
    columns = [name for names in STAGES.values() for name in names]
    rows = view.series(RACE, ["channel", *columns])
    channels = sorted({str(row["channel"]) for row in rows} - {"all"})
    channel = filter_page(view, "channel", ["all", *channels])
    mine = [row for row in rows if row["channel"] == channel]
    for stage, names in STAGES.items():
        section(view, stage)
        found = [card(view, mine, name) for name in names if view.chosen(mine)]
        if found:
            st.html(markup.cards(view.published, words, found))
        else:
            st.html(
                markup.empty(words.text("empty.title"), words.text("empty.needs", tables=NEEDS[0]))
            )
    section(view, "funnel")
    left, right = st.columns(2)
    with left:
        funnel(view)
    with right:
        measure = filter_page(view, "race_measure", columns, "conversion_rate")
        series = [{**row, "value": row[measure]} for row in mine]
        chart(
            view,
            "race_trend",
            series,
            lambda: charts.trend(series, words, view.kind(RACE, measure)),
            columns_of(RACE, measure),
            NEEDS,
        )
    heads = [
        Head("channel", words.text("word.channel")),
        *(head_of(view.published, words, RACE, name) for name in COMPARED),
    ]
    compared = [row for row in view.chosen(rows) if row["channel"] != "all"]
    compared.sort(key=lambda row: -(row["visitors"] or 0))
    table(view, "race_channels", Table(heads, compared), columns_of(RACE, *COMPARED), NEEDS)


def card(view: View, rows: list[Row], name: str) -> Card:
    """One figure of a stage, with its past."""
    kind = view.kind(RACE, name)
    now = view.chosen(rows)[0]
    past = [row for row in rows if view.period and row["period_start"] <= view.period]
    return Card(
        mart=RACE,
        column=name,
        value=now[name],
        kind=kind,
        change="" if now["is_complete"] else view.words.text("word.so_far"),
        points=[
            (None if row[name] is None else float(row[name]), row["is_complete"]) for row in past
        ],
        unit=view.words.currency if kind == "money" else "",
    )


def funnel(view: View) -> None:
    """People from visit to fifth order in the chosen period, with the share that went on."""
    words = view.words
    rates = [name for name in STEPS.values() if name]
    rows = view.chosen(view.series(FUNNEL, [*STEPS, *rates]))
    steps = [
        {
            "label": words.column(name),
            "value": row[name],
            "note": words.text("word.went_on", rate=words.number(row[rate], "rate"))
            if rate
            else "",
            "rate": row[rate] if rate else None,
        }
        for row in rows
        for name, rate in STEPS.items()
    ]
    chart(
        view,
        "marketing_funnel",
        steps,
        lambda: charts.ranking(steps, words, "count", notes=True),
        columns_of(FUNNEL, *STEPS, *rates),
        NEEDS,
    )
