"""The overview as one HTML file, whole in itself: no network, no script, light and dark.

`python -m report.static PAGE` writes it for the published file of WAREHOUSE_DIR; every publication
writes it by itself. Charts are drawn to SVG here, with the colours of the style sheet.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from orchestration.settings import read_settings
from report import charts, markup
from report.figures import (
    SOURCES,
    churn_rows,
    cohort_cells,
    cohort_chart,
    finding_table,
    flow_steps,
    news_table,
    nps_rows,
    segment_sizes,
)
from report.published import Published, Reader
from report.view import CALENDARS, GRAINS, View
from report.words import LANGUAGES, Words

PAGE = Path(__file__).with_name("static_page.html")
HALF, WHOLE = 520, 1080
Draw = Callable[[], charts.Spec]


def write_static(
    path: Path,
    published: Published,
    language: str = "en",
    calendar: str = "gregorian",
    grain: str = "month",
) -> None:
    """Write the page of a published version, whole or not at all."""
    words = Words(language, str(published.publication["reporting_currency"]))
    view = View(published, words, calendar, grain)
    view = replace(view, period=view.newest_complete)
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(pieces(view))
    scratch = path.with_name(f".{path.name}.unfinished")
    scratch.write_text(page, encoding="utf-8")
    scratch.replace(path)


def pieces(view: View) -> dict[str, str]:
    """The parts of the page by their names in the template."""
    words, publication = view.words, view.published.publication
    revenue = view.metric("revenue.net_revenue")
    churn = churn_rows(view)
    chosen, steps = flow_steps(view)
    cells = cohort_cells(view, "retention_rate")
    base = view.metric("customer_flow.customers_end")
    nps = [row for row in nps_rows(view) if row["segment_type"] == "all"]
    sizes = segment_sizes(view, publication["as_of"])
    return {
        "language": words.language,
        "direction": words.direction,
        "style": markup.STYLE,
        "title": escape(words.text("word.brand")),
        "period": escape(view.label(view.period)),
        "head": markup.page_head(
            words.text("word.brand"),
            words.text("lead.overview"),
            view.notes(),
        ),
        "cards": markup.cards(view.published, words, view.scorecard()),
        "revenue": block(
            view, "net_revenue", revenue, lambda: charts.bars(revenue, words, "money")
        ),
        "flow": block(view, "flow_bridge", chosen, lambda: charts.bridge(steps, words, "count")),
        "cohorts": block(
            view,
            "cohort_matrix",
            cells,
            lambda: cohort_chart(view, cells, "retention_rate"),
            width=WHOLE,
        ),
        "churn": block(view, "churn_rate", churn, lambda: charts.trend(churn, words, "rate")),
        "nps": block(
            view, "nps", nps, lambda: charts.intervals(nps, words, "points", by_period=True)
        ),
        "base": block(view, "customers_end", base, lambda: charts.trend(base, words, "count")),
        "changes": markup.section(
            words.text("section.changes"), words.text("section.changes_lead")
        ),
        "news": table(view, "news", news_table(view)),
        "segments": block(
            view,
            "segment_sizes",
            sizes,
            lambda: charts.ranking(sizes, words, "count", notes=True),
        ),
        "findings": table(view, "findings", finding_table(view)),
        "footer": escape(
            words.text(
                "word.footer",
                version=publication["version"],
                published=words.day(publication["published_at"]),
                checks=words.number(publication["checks_run"]),
            )
        ),
    }


def block(view: View, key: str, rows: Sequence[Any], draw: Draw, width: int = HALF) -> str:
    """A chart under its title, or why there is none."""
    words = view.words
    head = heading(view, key)
    if not any(row.get("value") is not None for row in rows):
        advice = words.text("empty.later")
        return f'<div class="block">{head}{markup.empty(words.text("empty.title"), advice)}</div>'
    style = ' class="wide"' if width == WHOLE else ""
    label = escape(words.text(f"chart.{key}"))
    drawing = f'<div{style} role="img" aria-label="{label}">{to_svg(draw(), width)}</div>'
    return f'<div class="block">{head}{drawing}</div>'


def table(view: View, key: str, shown: markup.Table) -> str:
    """A table under its title, or why there is none."""
    words = view.words
    body = (
        markup.table(words, shown)
        if shown.rows
        else markup.empty(words.text("empty.title"), words.text("empty.later"))
    )
    return f'<div class="block">{heading(view, key)}{body}</div>'


def heading(view: View, key: str) -> str:
    """The title of a block with its definition."""
    words = view.words
    meaning = markup.definitions(view.published, words, SOURCES[key])
    return markup.title(words.text(f"chart.{key}"), meaning, words.text(f"note.{key}"))


def to_svg(spec: charts.Spec, width: int) -> str:
    """A chart as an SVG element that scales with the page."""
    import vl_convert

    drawing = str(vl_convert.vegalite_to_svg({**spec, "width": width}))
    return re.sub(r' xmlns(:xlink)?="[^"]*"', "", drawing[drawing.index("<svg") :])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--calendar", choices=CALENDARS, default=CALENDARS[0])
    parser.add_argument("--grain", choices=GRAINS, default=GRAINS[0])
    asked = parser.parse_args()
    published = Reader(read_settings().published_file).current()
    write_static(asked.page, published, asked.language, asked.calendar, asked.grain)


if __name__ == "__main__":
    main()
