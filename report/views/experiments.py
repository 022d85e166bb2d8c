"""Experiments: what campaigns caused beside their holdouts, and whether the split is sound."""

from report import charts, markup
from report.blocks import chart, filter_page, page_head, table
from report.figures import columns_of
from report.markup import Head, Table
from report.published import Row
from report.view import View
from report.words import Kind

MART = "metrics.experiments"
OUTCOMES: dict[str, Kind] = {
    "converted": "rate",
    "visited": "rate",
    "revenue": "money",
    "repeat": "rate",
}
NEEDS = ("campaign_sends",)


def page(view: View) -> None:
    """The page."""
    page_head(view, "experiments")
    outcome = filter_page(view, "outcome", list(OUTCOMES))
    rows = outcome_rows(view, outcome)
    campaigns = list(dict.fromkeys(str(row["campaign"]) for row in rows))
    everyone = [row for row in rows if row["segment"] == "all"]
    effects(view, everyone, OUTCOMES[outcome])
    campaign = filter_page(view, "campaign", campaigns) if campaigns else ""
    chosen = [row for row in rows if row["campaign"] == campaign and row["segment"] != "all"]
    by_segment(view, chosen, OUTCOMES[outcome])
    trust(view, everyone)
    details(view, everyone, OUTCOMES[outcome])


def outcome_rows(view: View, outcome: str) -> list[Row]:
    """The variants, those with a holdout first, the newest campaign before the others."""
    words = view.words
    if not view.published.has_rows(MART):
        return []
    rows = view.published.rows(
        "select campaign, variant, segment, units, holdout_units, mean, holdout_mean,"
        " difference as value, ci_low as low, ci_high as high, units as count, p_value,"
        " incremental_value, cost_per_incremental_outcome, customers_in_two_variants,"
        " sample_ratio_p_value, sample_ratio_warning, first_sent_date"
        f" from {MART} where outcome = ? and variant <> 'holdout'"
        " order by holdout_units is null, first_sent_date desc, campaign, variant, segment",
        outcome,
    )
    for row in rows:
        row["label"] = words.text("word.with_note", value=row["campaign"], note=row["variant"])
    return rows


def effects(view: View, rows: list[Row], kind: Kind) -> None:
    """The difference to the holdout of every variant."""
    chart(
        view,
        "experiment_effects",
        rows,
        lambda: charts.intervals(rows, view.words, kind, False, "column.units"),
        columns_of(MART, "difference", "ci_low", "ci_high", "units"),
        NEEDS,
    )


def by_segment(view: View, rows: list[Row], kind: Kind) -> None:
    """The difference by segment, of one campaign."""
    words = view.words
    shown = [
        {
            **row,
            "label": words.text(
                "word.with_note",
                value=words.value(row["segment"]),
                note=row["variant"],
            ),
        }
        for row in rows
    ]
    chart(
        view,
        "experiment_segments",
        shown,
        lambda: charts.intervals(shown, words, kind, False, "column.units"),
        columns_of(MART, "segment", "difference", "ci_low", "ci_high"),
        NEEDS,
    )


def trust(view: View, rows: list[Row]) -> None:
    """Whether as many customers came into each arm as were planned."""
    words = view.words
    shown = []
    for row in rows:
        known = row["sample_ratio_warning"]
        status = "not_applicable" if known is None else "warn" if known else "pass"
        shown.append({**row, "split": markup.chip(words, status)})
    heads = [
        Head("label", words.text("word.campaign"), "code"),
        Head("units", words.column("units"), "count"),
        Head("holdout_units", words.column("holdout_units"), "count"),
        Head("customers_in_two_variants", words.column("customers_in_two_variants"), "count"),
        Head("sample_ratio_p_value", words.column("sample_ratio_p_value"), "probability"),
        Head("split", words.text("word.status")),
    ]
    sources = columns_of(MART, "sample_ratio_p_value", "customers_in_two_variants")
    table(view, "experiment_split", Table(heads, shown, frozenset({"split"})), sources, NEEDS)


def details(view: View, rows: list[Row], kind: Kind) -> None:
    """Every number behind the effects."""
    words = view.words
    heads = [
        Head("label", words.text("word.campaign"), "code"),
        Head("mean", words.column("mean"), kind),
        Head("holdout_mean", words.column("holdout_mean"), kind),
        Head("value", words.column("difference"), kind),
        Head("low", words.column("ci_low"), kind),
        Head("high", words.column("ci_high"), kind),
        Head("p_value", words.column("p_value"), "probability"),
        Head("incremental_value", words.column("incremental_value"), "ratio"),
        Head("cost_per_incremental_outcome", words.column("cost_per_incremental_outcome"), "money"),
    ]
    sources = columns_of(
        MART,
        *("mean", "holdout_mean", "difference", "p_value", "incremental_value"),
        "cost_per_incremental_outcome",
    )
    table(view, "experiment_details", Table(heads, rows), sources, NEEDS)
