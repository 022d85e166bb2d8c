"""What a reader has chosen, and the rows of the marts that follow from it.

No number is made here: rows are selected, or numerators and denominators summed, in SQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from report.markup import Card
from report.published import Published, Row
from report.words import Kind, Words, kind_of

CALENDARS = ("gregorian", "jalali")
GRAINS = ("month", "quarter", "year")
SPANS = (6, 12, 24, 60)
DEFAULT_SPAN = 12

# The scorecard, in reading order. A metric with a target joins it by itself.
SCORECARD = (
    *("customer_flow.customers_end", "customer_flow.new_customers", "customer_flow.churn_rate"),
    *("customer_flow.leaky_bucket_ratio", "revenue.net_revenue", "revenue.orders"),
    *("revenue.average_order_value", "repeat_purchase.repeat_rate", "nps.nps"),
    *("acquisition.cac", "acquisition.ltv_to_cac", "race_funnel.conversion_rate"),
)
# Below so many things counted, a change from the period before is chance, not news.
COUNTED_FOR_NEWS = 50
# Levels hardly move; a change of a net figure around zero is no share of anything.
NEWS = """
select metric, value, previous_value, change_from_previous, change_rate_from_previous
from metrics.kpis
where
    calendar = ?
    and period_grain = ?
    and period_start = ?
    and is_complete
    and kind <> 'level'
    and change_from_previous <> 0
    and least(value, previous_value) > 0
    and coalesce(denominator, least(value, previous_value)) >= ?
order by abs(change_rate_from_previous) desc, metric
"""


@dataclass(frozen=True)
class View:
    """A version, a language and the chosen periods; `period` is None in a shop without any."""

    published: Published
    words: Words
    calendar: str = "gregorian"
    grain: str = "month"
    period: date | None = None
    span: int = DEFAULT_SPAN

    @cached_property
    def absent_tables(self) -> set[str]:
        """The raw tables without a row."""
        rows = self.published.rows("select raw_table from quality.row_balance where raw_rows = 0")
        return {row["raw_table"] for row in rows}

    @cached_property
    def periods(self) -> list[Row]:
        """Every period of the calendar and grain, oldest first: period_start, is_complete."""
        return self.published.rows(
            "select period_start, bool_and(is_complete) as is_complete from metrics.kpis"
            " where calendar = ? and period_grain = ? group by period_start order by period_start",
            *(self.calendar, self.grain),
        )

    @cached_property
    def newest_complete(self) -> date | None:
        """The newest complete period, else the newest; None where there is none."""
        starts = [row["period_start"] for row in self.periods if row["is_complete"]]
        starts = starts or [row["period_start"] for row in self.periods]
        return starts[-1] if starts else None

    @cached_property
    def first_shown(self) -> date:
        """The first period of the charts: `span` periods back, or the chosen one if older."""
        starts = [row["period_start"] for row in self.periods][-self.span :]
        first = starts[0] if starts else date.min
        return min(first, self.period) if self.period else first

    def names(self, grain: str) -> dict[date, str]:
        """The names of a grain's periods in the chosen calendar, by their first day."""
        starts = [row["period_start"] for row in self.periods]
        if not starts:
            return {}
        rows = self.published.rows(
            f"select {self.calendar}_{grain}_start as period_start,"
            f" any_value({self.calendar}_year) as year,"
            f" any_value({self.calendar}_quarter) as quarter,"
            f" any_value({self.calendar}_month) as month from metrics.calendar"
            f" where {self.calendar}_year_end >= ? and {self.calendar}_year_start <= ?"
            " group by all",
            *(starts[0], self.published.publication["as_of"]),
        )
        return {
            row["period_start"]: self.words.period(
                self.calendar, grain, row["year"], row["quarter"], row["month"]
            )
            for row in rows
        }

    @cached_property
    def period_names(self) -> dict[date, str]:
        """The names of the chosen grain's periods."""
        return self.names(self.grain)

    @cached_property
    def month_names(self) -> dict[date, str]:
        """The names of months, for cohorts."""
        return self.names("month")

    def label(self, start: date | None) -> str:
        """The name of a period of the chosen grain."""
        return self.period_names.get(start, str(start)) if start else ""

    def months(self, starts: Iterable[date]) -> list[date]:
        """The months of the charts: the newest `span` of these, oldest first."""
        return sorted(set(starts))[-self.span :]

    def kind(self, mart: str, column: str) -> Kind:
        """How a published column is written."""
        return kind_of(column, self.published.data_type(mart, column))

    def series(
        self, mart: str, columns: Sequence[str], where: str = "true", *values: Any
    ) -> list[Row]:
        """Rows of a period mart in the shown periods, oldest first; `label` and `is_chosen` too."""
        if not self.published.has_rows(mart):
            return []
        flags = ["is_burn_in"] if (mart, "is_burn_in") in self.published.columns else []
        names = ", ".join(["period_start", "is_complete", *flags, *columns])
        rows = self.published.rows(
            f"select {names} from {mart} where calendar = ? and period_grain = ?"
            f" and period_start >= ? and {where} order by period_start",
            *(self.calendar, self.grain, self.first_shown, *values),
        )
        for row in rows:
            row["label"] = self.label(row["period_start"])
            row["is_chosen"] = row["period_start"] == self.period
        return rows

    def chosen(self, rows: Iterable[Row]) -> list[Row]:
        """The rows of the chosen period."""
        return [row for row in rows if row["period_start"] == self.period]

    def metric(self, name: str) -> list[Row]:
        """One metric of metrics.kpis as a series with its targets."""
        return self.series("metrics.kpis", ["value", "target", "direction"], "metric = ?", name)

    @cached_property
    def scorecard_rows(self) -> dict[str, list[Row]]:
        """The rows of the scorecard's metrics in the shown periods, by metric."""
        rows = self.series(
            "metrics.kpis",
            [
                *("metric", "value", "previous_value", "change_from_previous", "status"),
                *("change_rate_from_previous", "change_rate_from_year_before", "target"),
                *("change_from_year_before", "direction", "projected_value"),
            ],
            f"(metric in ({', '.join('?' * len(SCORECARD))}) or metric in"
            " (select metric from metrics.kpis where target is not null))",
            *SCORECARD,
        )
        found: dict[str, list[Row]] = {name: [] for name in SCORECARD}
        for row in rows:
            found.setdefault(row["metric"], []).append(row)
        return found

    def scorecard(self) -> list[Card]:
        """The KPI cards of the chosen period; a metric without rows is left out."""
        return [
            self.card(name, rows) for name, rows in self.scorecard_rows.items() if self.chosen(rows)
        ]

    def missing_metrics(self) -> list[str]:
        """The scorecard's metrics of which the period has no row, as mart.column."""
        return [name for name, rows in self.scorecard_rows.items() if not self.chosen(rows)]

    def card(self, name: str, rows: Sequence[Row]) -> Card:
        """The card of one metric of metrics.kpis, from its rows in the shown periods."""
        mart, column = f"metrics.{name.split('.', maxsplit=1)[0]}", name.split(".")[1]
        kind = self.kind(mart, column)
        now = self.chosen(rows)[0]
        past = [row for row in rows if self.period and row["period_start"] <= self.period]
        goal = ""
        if now["target"] is not None:
            sign = "≥" if now["direction"] == "min" else "≤"
            aim = self.words.number_isolated(f"{sign} {self.words.number(now['target'], kind)}")
            goal = f"{self.words.text('word.target')} {aim}"
        return Card(
            mart=mart,
            column=column,
            value=now["value"],
            kind=kind,
            change=self.change(now, kind),
            points=[(row["value"], row["is_complete"]) for row in past],
            target=None if now["target"] is None else float(now["target"]),
            goal=goal,
            status=now["status"] or "",
            unit=self.words.currency if kind == "money" else "",
        )

    def change(self, row: Row, kind: Kind) -> str:
        """How a figure changed from the period before; of an open total, where it is heading."""
        words = self.words
        if row["value"] is None:
            return words.text("word.no_value")
        if not row["is_complete"]:
            if row["projected_value"] is None:
                return words.text("word.so_far")
            projected = words.number(row["projected_value"], kind)
            return words.text("word.so_far_projected", value=f"<b>{projected}</b>")
        if row["change_from_previous"] is None:
            return words.text("word.nothing_before")
        if row["change_from_previous"] == 0:
            return words.text("word.unchanged")
        return words.text("word.since_before", change=f"<b>{self.moved(row, kind)}</b>")

    def moved(self, row: Row, kind: Kind) -> str:
        """The change from the period before: points of a rate or score, percent of all else."""
        words = self.words
        step = row["change_from_previous"]
        arrow = "▲" if step > 0 else "▼"
        if kind == "rate":
            points = words.number(step * 100, "points", signed=True)
            shown = f"{points} {words.text('word.points')}"
        elif kind == "points" or row["change_rate_from_previous"] is None:
            shown = words.number(step, kind, signed=True)
        else:
            shown = words.number(row["change_rate_from_previous"], "rate", signed=True)
        return f"{arrow} {shown}"

    def news(self, count: int = 7) -> list[Row]:
        """The metrics that changed most from the period before, where enough was counted.

        A figure that several marts have is named once.
        """
        rows = self.published.rows(NEWS, self.calendar, self.grain, self.period, COUNTED_FOR_NEWS)
        found: dict[str, Row] = {}
        for row in rows:
            mart, column = row["metric"].split(".")
            kind = self.kind(f"metrics.{mart}", column)
            row["name"] = self.words.column(column)
            row["mart"] = f"metrics.{mart}"
            row["now"] = self.words.number(row["value"], kind)
            row["before"] = self.words.number(row["previous_value"], kind)
            row["moved"] = self.moved(row, kind)
            found.setdefault(column, row)
        return list(found.values())[:count]

    def notes(self) -> list[tuple[str, str]]:
        """What every page says at its top, (text, tone): period, last day of the data, checks."""
        words = self.words
        notes = [(words.text("head.as_of", day=words.day(self.published.publication["as_of"])), "")]
        if self.period:
            notes.insert(0, (self.label(self.period), ""))
        warned = len(self.findings())
        if warned:
            notes.append((words.text("head.warned", count=words.number(warned)), "warn"))
        else:
            notes.append((words.text("head.passed"), "pass"))
        return notes

    def findings(self) -> list[Row]:
        """What the checks of this version warned of: mart, check_name, kind, status, message."""
        if not self.published.has_rows("quality.check_results"):
            return []
        return self.published.rows(
            "select mart, check_name, kind, status, message from quality.check_results"
            " where version = ? and status not in ('pass', 'not_applicable') order by all",
            self.published.publication["version"],
        )
