"""The dashboard as Streamlit runs it: filters, menu, and the page that was chosen."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from orchestration.settings import read_settings
from report import markup
from report.blocks import choose, recall, switch
from report.published import NothingPublishedError, Published, Reader, Row
from report.view import CALENDARS, DEFAULT_SPAN, GRAINS, SPANS, View
from report.views import PAGES, Page
from report.words import LANGUAGES, Words

ICON = Path(__file__).with_name("icon.svg")
FRAME = """
.stApp { background: var(--page); }
.stApp, .stApp p, .stApp li, .stApp label, .stApp button, .stApp input {
  font-family: "Source Sans", "Vazirmatn", system-ui, "Noto Sans Arabic", "DejaVu Sans",
    sans-serif; }
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2.4rem 4rem; max-width: 1400px; }
[data-testid="stSidebar"] { background: var(--card); border-inline-end: 1px solid var(--line); }
[class*="st-key-block-"] { background: var(--card); border-radius: 12px; }
[class*="st-key-csv-"] button { color: var(--soft); min-height: 0; padding-block: 0; }
[class*="st-key-block-"] > :last-child:has(button) { margin-top: auto; }
[data-testid="stVegaLiteChart"] { direction: ltr; }
[data-testid="stHtml"] { overflow: visible; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.4rem .9rem 3rem; }
  .r-cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 150px), 1fr)); gap: 10px; }
  .r-kpi { padding: 11px 12px; } .r-kpi .figure { font-size: 1.35rem; }
}
"""
RIGHT_TO_LEFT = """
.stApp, [data-testid="stSidebar"], [data-testid="stMain"] { direction: rtl; text-align: right; }
[data-testid="stSidebar"] [role="radiogroup"] { direction: rtl; }
[data-testid="stVegaLiteChart"] { direction: ltr; text-align: left; }
"""


@st.cache_resource
def reader(published_file: Path) -> Reader:
    """One reader for all sessions: a version is opened once."""
    return Reader(published_file)


def main() -> None:
    """One run of the page, at every interaction: the version published now."""
    st.set_page_config(page_title="Retention", page_icon=str(ICON), layout="wide")
    recall("lang", list(LANGUAGES), next(iter(LANGUAGES)))
    words = Words(str(st.session_state["lang"]))
    st.html(f"<style>{markup.STYLE}{FRAME}</style>")
    if words.direction == "rtl":
        st.html(f"<style>{RIGHT_TO_LEFT}</style>")
    published_file = read_settings().published_file
    try:
        published = reader(published_file).current()
    except NothingPublishedError as error:
        st.html(markup.empty(words.text("empty.unpublished"), f"make build · {error}"))
        return
    words = Words(words.language, str(published.publication["reporting_currency"]))
    drawn: list[View] = []
    pages = [
        st.Page(
            partial(draw, page, drawn),
            title=words.text(f"page.{page.key}"),
            icon=page.icon,
            url_path="" if position == 0 else page.key,
            default=position == 0,
        )
        for position, page in enumerate(PAGES)
    ]
    chosen = st.navigation({words.text("word.brand"): pages})
    drawn.append(choose_periods(published, words))
    chosen.run()


def draw(page: Page, chosen: list[View]) -> None:
    """Draw a page for the view that was chosen after the menu was made."""
    page.draw(chosen[0])


def choose_periods(published: Published, words: Words) -> View:
    """The view with the language, calendar, periods and span chosen in the sidebar."""
    choose("Language · زبان", "lang", list(LANGUAGES), LANGUAGES.__getitem__)
    calendar = switch(words.text("filter.calendar"), "calendar", CALENDARS, words.value)
    grain = switch(words.text("filter.grain"), "grain", GRAINS, words.value)
    view = View(published, words, calendar, grain)
    rows = {str(row["period_start"]): row for row in reversed(view.periods)}
    if not rows:
        return view
    period = choose(
        words.text("filter.period"),
        "period",
        list(rows),
        lambda key: period_name(view, rows[key]),
        str(view.newest_complete),
    )
    span = choose(
        words.text("filter.span"),
        "span",
        [str(count) for count in SPANS],
        lambda count: words.text("filter.span_of", count=words.number(int(count))),
        str(DEFAULT_SPAN),
    )
    return replace(view, period=rows[period]["period_start"], span=int(span))


def period_name(view: View, row: Row) -> str:
    """A period in the list, an open one marked."""
    name = view.label(row["period_start"])
    return name if row["is_complete"] else f"{name} · {view.words.text('word.open')}"


main()
