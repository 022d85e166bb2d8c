"""Cohorts: who comes back, how much a cohort has brought, how soon the second order comes."""

import streamlit as st

from report import charts
from report.blocks import chart, filter_page, page_head
from report.figures import COHORTS, MEASURES, cohort_cells, cohort_chart, cohort_rows, columns_of
from report.published import Row
from report.view import View

# The whole shop at one age: numerators and denominators of the final cells, summed.
WHOLE = """
select
    month_number as age,
    sum({numerator}) / nullif(sum(cohort_customers), 0) as value,
    sum({numerator}) as numerator,
    sum(cohort_customers) as cohort_customers
from metrics.retention_cohorts
where calendar = ? and is_complete and month_number > 0
group by month_number
order by month_number
"""


def page(view: View) -> None:
    """The page."""
    page_head(view, "cohorts")
    measure = filter_page(view, "measure", list(MEASURES))
    rows = cohort_rows(view)
    heat_map(view, measure)
    left, right = st.columns(2)
    with left:
        retention_curves(view, rows)
    with right:
        revenue_curves(view, rows)
    early_repeat(view)


def heat_map(view: View, measure: str) -> None:
    """Cohorts down, months since across."""
    words = view.words
    cells = cohort_cells(view, measure)
    chart(
        view,
        "cohort_matrix",
        cells,
        lambda: cohort_chart(view, cells, measure),
        columns_of(COHORTS, measure, "cohort_customers", "month_number", "is_complete"),
        legend=[
            ("fill-accent", words.text("word.complete")),
            ("fill-open", words.text("word.open_cell")),
        ],
    )


def curve_rows(view: View, rows: list[Row], measure: str, numerator: str) -> list[Row]:
    """Final cells as lines by age, and the whole shop, weighted by customers, as the main one."""
    words = view.words
    known = [row for row in rows if row["is_complete"] and row["month_number"] > 0]
    newest = max((row["cohort_month"] for row in known if row["month_number"] >= 3), default=None)
    lines = [
        {
            "line": row["line"],
            "age": row["month_number"],
            "value": row[measure],
            "tone": "chosen" if row["cohort_month"] == newest else "other",
        }
        for row in known
    ]
    whole = view.published.rows(WHOLE.format(numerator=numerator), view.calendar) if known else []
    ages = {row["month_number"] for row in known}
    lines += [
        {
            "line": words.text("word.all_cohorts"),
            "age": row["age"],
            "value": row["value"],
            "tone": "main",
        }
        for row in whole
        if row["age"] in ages
    ]
    return lines


def retention_curves(view: View, rows: list[Row]) -> None:
    """Retention by age, a line a cohort."""
    lines = curve_rows(view, rows, "retention_rate", "active_customers")
    chart(
        view,
        "retention_curves",
        lines,
        lambda: charts.curves(lines, view.words, "rate", view.words.column("month_number")),
        columns_of(COHORTS, "retention_rate", "active_customers", "cohort_customers"),
    )


def revenue_curves(view: View, rows: list[Row]) -> None:
    """Revenue a customer by age, a line a cohort."""
    measure = "cumulative_revenue_per_customer"
    lines = curve_rows(view, rows, measure, "cumulative_net_revenue")
    chart(
        view,
        "revenue_curves",
        lines,
        lambda: charts.curves(lines, view.words, "money", view.words.column("month_number")),
        columns_of(COHORTS, measure, "cumulative_net_revenue", "cohort_customers"),
    )


def early_repeat(view: View) -> None:
    """The share with a second order within a number of days, by cohort."""
    words = view.words
    mart = "metrics.early_repeat"
    rows: list[Row] = []
    if view.published.has_rows(mart):
        rows = view.published.rows(
            "select cohort_month, horizon_days, cohort_customers, eligible_customers,"
            " repeated_customers, early_repeat_rate as value,"
            " eligible_customers = cohort_customers as is_complete"
            f" from {mart} where calendar = ? order by cohort_month, horizon_days",
            view.calendar,
        )
    shown = set(view.months(row["cohort_month"] for row in rows))
    cells = [
        {
            **row,
            "line": view.month_names[row["cohort_month"]],
            "column": words.text("word.days", days=words.number(row["horizon_days"])),
        }
        for row in rows
        if row["cohort_month"] in shown
    ]
    chart(
        view,
        "early_repeat",
        cells,
        lambda: charts.matrix(
            cells, words, "rate", (words.text("word.cohort"), words.column("horizon_days"))
        ),
        columns_of(mart, "early_repeat_rate", "repeated_customers", "eligible_customers"),
        legend=[
            ("fill-accent", words.text("word.complete")),
            ("fill-open", words.text("word.open_cell")),
        ],
    )
