"""Figures that the dashboard and the static report both show: their rows and their sources."""

from collections.abc import Mapping, Sequence
from datetime import date

from report import charts, markup
from report.markup import Head, Table
from report.published import Row
from report.view import View
from report.words import Kind, Words

Sources = Sequence[tuple[str, str]]

FLOW = "metrics.customer_flow"
FLOW_PARTS = (
    *(("new_customers", 1, charts.ACCENT), ("reactivated_customers", 1, charts.ACCENT_SOFT)),
    ("churned_customers", -1, charts.WARM),
)
COHORTS = "metrics.retention_cohorts"
MEASURES: dict[str, Kind] = {
    "retention_rate": "rate",
    "active_customers": "count",
    "orders": "count",
    "cumulative_revenue_per_customer": "money",
}
NPS = "metrics.nps"
SEGMENTS = "metrics.rfm_segments"
# Segments at a month end, those of the most revenue first, with how their customers behave.
BEHAVIOUR = """
with timing as (
    select
        segment,
        sum(returned_order_days) / nullif(sum(eligible_order_days), 0) as return_rate
    from metrics.next_order_timing
    where segment_type = 'rfm_segment' and horizon_days = 30
    group by segment
)
select
    segments.segment,
    segments.customers,
    segments.share,
    segments.net_revenue,
    timing.return_rate,
    discounts.discounted_order_share
from metrics.rfm_segments as segments
left join timing on segments.segment = timing.segment
left join metrics.discount_sensitivity as discounts
    on
        discounts.segment_type = 'rfm_segment'
        and discounts.segment = segments.segment
where segments.calendar = ? and segments.month_end = ?
order by segments.net_revenue desc, segments.segment
"""


def columns_of(mart: str, *columns: str) -> list[tuple[str, str]]:
    """A mart and some of its columns, to define."""
    return [(mart, ""), *((mart, column) for column in columns)]


SOURCES: dict[str, Sources] = {
    "net_revenue": columns_of("metrics.revenue", "net_revenue"),
    "customers_end": columns_of(FLOW, "customers_end"),
    "flow_bridge": columns_of(
        FLOW, "customers_start", "customers_end", *(name for name, _, _ in FLOW_PARTS)
    ),
    "churn_rate": columns_of(FLOW, "churn_rate", "lost_customers", "customers_start", "is_burn_in"),
    "cohort_matrix": columns_of(
        COHORTS, "retention_rate", "cohort_customers", "month_number", "is_complete"
    ),
    "nps": columns_of(NPS, "nps", "ci_low", "ci_high", "responses", "standard_error"),
    "segment_sizes": columns_of(SEGMENTS, "customers", "share"),
    "news": columns_of("metrics.kpis", "change_rate_from_previous"),
    "findings": columns_of("quality.check_results", "message", "severity"),
}


def flow_rows(view: View) -> list[Row]:
    """Customers in and out, period by period."""
    return view.series(
        FLOW,
        [
            *("customers_start", "new_customers", "reactivated_customers", "churned_customers"),
            *("customers_end", "lost_customers", "churn_rate", "leaky_bucket_ratio"),
        ],
    )


def flow_steps(view: View) -> tuple[list[Row], list[charts.Step]]:
    """The chosen period's row, and its way from opening to closing customers as steps."""
    rows = [{**row, "value": row["customers_end"]} for row in view.chosen(flow_rows(view))]
    signs = {name: sign for name, sign, _ in FLOW_PARTS}
    return rows, bridge_steps(view.words, rows, "customers_start", signs, "customers_end")


def bridge_steps(
    words: Words, rows: Sequence[Row], first: str, signs: Mapping[str, int], last: str
) -> list[charts.Step]:
    """The way of a row from its first figure to its last, by movements with their signs."""
    steps: list[charts.Step] = []
    for row in rows:
        steps.append((words.text("step.start"), float(row[first]), True))
        steps += [
            (words.text(f"step.{name}"), float(sign * row[name]), False)
            for name, sign in signs.items()
        ]
        steps.append((words.text("step.end"), float(row[last]), True))
    return steps


def churn_rows(view: View) -> list[Row]:
    """The churn rate with its targets, and whether it is in the burn-in."""
    burn_in = {row["period_start"] for row in flow_rows(view) if row["is_burn_in"]}
    return [
        {**row, "is_burn_in": row["period_start"] in burn_in}
        for row in view.metric("customer_flow.churn_rate")
    ]


def cohort_rows(view: View) -> list[Row]:
    """The cells of the newest cohorts, month 0 too, with `line` for the cohort's name."""
    if not view.published.has_rows(COHORTS):
        return []
    months = view.published.rows(
        f"select distinct cohort_month from {COHORTS} where calendar = ?", view.calendar
    )
    shown = view.months(row["cohort_month"] for row in months)
    if not shown:
        return []
    rows = view.published.rows(
        f"select cohort_month, month_number, is_complete, cohort_customers, {', '.join(MEASURES)}"
        f" from {COHORTS} where calendar = ? and cohort_month >= ?"
        " order by cohort_month, month_number",
        *(view.calendar, shown[0]),
    )
    for row in rows:
        row["line"] = view.month_names[row["cohort_month"]]
    return rows


def cohort_cells(view: View, measure: str) -> list[Row]:
    """Cohorts down, months since across. Month 0 of a rate is 100 % by definition: left out."""
    words = view.words
    first = 1 if measure == "retention_rate" else 0
    return [
        {
            **row,
            "line": words.text(
                "word.cohort_of", cohort=row["line"], size=words.number(row["cohort_customers"])
            ),
            "column": row["month_number"],
            "value": row[measure],
        }
        for row in cohort_rows(view)
        if row["month_number"] >= first
    ]


def cohort_chart(view: View, cells: Sequence[Row], measure: str) -> charts.Spec:
    """The heat map of cohort_cells."""
    words = view.words
    return charts.matrix(
        cells,
        words,
        MEASURES[measure],
        (words.text("word.cohort"), words.column("month_number")),
        columns=sorted({cell["column"] for cell in cells}),
    )


def nps_rows(view: View) -> list[Row]:
    """NPS of every segment in the shown periods, as a chart of intervals wants it."""
    return view.series(
        NPS,
        [
            *("segment_type", "segment", "responses", "promoters", "passives", "detractors"),
            *("nps as value", "ci_low as low", "ci_high as high", "responses as count"),
        ],
    )


def segment_rows(view: View, end: date | None) -> list[Row]:
    """The segments at a month end, those of the most revenue first, with how they behave."""
    if end is None or not view.published.has_rows(SEGMENTS):
        return []
    return view.published.rows(BEHAVIOUR, view.calendar, end)


def segment_sizes(view: View, end: date | None) -> list[Row]:
    """The segments at a month end, the largest first, as a ranking wants them."""
    words = view.words
    return [
        {
            **row,
            "label": words.value(row["segment"]),
            "value": row["customers"],
            "note": words.number(row["share"], "rate"),
        }
        for row in sorted(segment_rows(view, end), key=lambda row: -row["customers"])
    ]


def news_table(view: View) -> Table:
    """What changed most from the period before."""
    words = view.words
    heads = [
        Head("name", words.text("word.metric")),
        Head("before", words.text("word.before"), "text", "number"),
        Head("now", words.text("word.now"), "text", "number"),
        Head("moved", words.text("word.change"), "text", "number"),
        Head("mart", words.text("word.mart"), "code"),
    ]
    return Table(heads, view.news() if view.period else [])


def finding_table(view: View) -> Table:
    """What the checks of the version warned of."""
    words = view.words
    heads = [
        Head("status", words.text("word.status")),
        Head("mart", words.text("word.mart"), "code"),
        Head("check_name", words.text("word.check"), "code"),
        Head("message", words.text("word.message"), "code", "long"),
    ]
    rows = [{**row, "status": markup.chip(words, row["status"])} for row in view.findings()]
    return Table(heads, rows, frozenset({"status"}))
