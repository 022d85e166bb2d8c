"""What pages are made of: a chart or a table with its definition, its download, its empty state."""

import csv
import io
from collections.abc import Callable, Sequence

import streamlit as st

from report import markup
from report.charts import Spec
from report.figures import Sources
from report.markup import Table
from report.published import Row
from report.view import View


def page_head(view: View, key: str) -> None:
    """Title and lead of a page, the chosen period, and how the published version stands."""
    words = view.words
    st.html(markup.page_head(words.text(f"page.{key}"), words.text(f"lead.{key}"), view.notes()))


def section(view: View, key: str) -> None:
    """The head of a group of blocks."""
    st.html(
        markup.section(view.words.text(f"section.{key}"), view.words.text(f"section.{key}_lead"))
    )


def title(view: View, key: str, sources: Sources) -> None:
    """The head of a block; its definition opens by click, and shows on hover."""
    words = view.words
    meaning = markup.definitions(view.published, words, sources)
    hover = view.published.definition(*sources[0]) if sources else ""
    st.html(markup.title(words.text(f"chart.{key}"), meaning, words.text(f"note.{key}"), hover))


def nothing(view: View, needs: Sequence[str]) -> None:
    """The empty state: nothing to show, and the raw tables, absent or empty, that would change
    it."""
    words = view.words
    absent = [table for table in needs if table in view.absent_tables]
    advice = (
        words.text("empty.needs", tables=", ".join(absent)) if absent else words.text("empty.later")
    )
    st.html(markup.empty(words.text("empty.title"), advice))


def chart(
    view: View,
    key: str,
    rows: Sequence[Row],
    draw: Callable[[], Spec],
    sources: Sources,
    needs: Sequence[str] = ("orders",),
    legend: Sequence[tuple[str, str]] = (),
    value: str = "value",
) -> None:
    """A chart of rows whose `value` is not null somewhere, else the empty state."""
    with st.container(border=True, key=f"block-{key}", height="stretch"):
        title(view, key, sources)
        if not any(row.get(value) is not None for row in rows):
            nothing(view, needs)
            return
        if legend:
            st.html(markup.keys(legend))
        alt = view.words.text(f"chart.{key}")
        st.vega_lite_chart(draw(), theme=None, alt=alt, key=f"chart-{key}")
        download(view, key, rows)


def table(
    view: View,
    key: str,
    shown: Table,
    sources: Sources,
    needs: Sequence[str] = ("orders",),
) -> None:
    """A table with rows, else the empty state."""
    with st.container(border=True, key=f"block-{key}", height="stretch"):
        title(view, key, sources)
        if not shown.rows:
            nothing(view, needs)
            return
        st.html(markup.table(view.words, shown))
        download(view, key, [without(row, shown.html) for row in shown.rows])


def without(row: Row, names: frozenset[str]) -> Row:
    """A row without the columns that are HTML."""
    return {name: value for name, value in row.items() if name not in names}


def download(view: View, key: str, rows: Sequence[Row]) -> None:
    """A button that saves the rows behind a block."""
    st.download_button(
        view.words.text("word.csv"),
        data=to_csv(rows),
        file_name=f"{key}.csv",
        mime="text/csv",
        key=f"csv-{key}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def to_csv(rows: Sequence[Row]) -> bytes:
    """Rows as CSV (UTF-8 with its mark, so that Excel reads Persian), columns as in the first row.

    A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [name for name in rows[0] if name != "is_chosen"]
    writer.writerow(names)
    for row in rows:
        writer.writerow([harmless(row.get(name)) for name in names])
    return text.getvalue().encode("utf-8-sig")


def harmless(value: object) -> object:
    """A cell of CSV that no spreadsheet runs."""
    is_formula = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if is_formula else value


def recall(key: str, options: Sequence[str], default: str) -> None:
    """Give a widget its value: what was chosen, else what the address says, else the default."""
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else default


def remember(key: str, default: str) -> str:
    """Write a widget's value into the address, unless it is the default; returns the value."""
    chosen = str(st.session_state[key])
    if chosen != default:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def choose(
    label: str,
    key: str,
    options: Sequence[str],
    written: Callable[[str], str],
    default: str = "",
) -> str:
    """A filter in the sidebar and in the address; the first option is the default if none is."""
    default = default if default in options else options[0]
    recall(key, options, default)
    st.sidebar.selectbox(label, options, format_func=written, key=key)
    return remember(key, default)


def switch(label: str, key: str, options: Sequence[str], written: Callable[[str], str]) -> str:
    """A filter of few options, side by side."""
    recall(key, options, options[0])
    st.sidebar.segmented_control(label, options, format_func=written, key=key, required=True)
    return remember(key, options[0])


def filter_page(view: View, key: str, options: Sequence[str], default: str = "") -> str:
    """A filter of one page, its options in the reader's words."""
    label = view.words.text(f"filter.{key}")
    return choose(label, key, options, view.words.value, default)
