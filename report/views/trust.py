"""Trust: what is published, what became of every raw row, what changed in the past."""

import json
from html import escape

import streamlit as st

from report import markup
from report.blocks import page_head, table, title
from report.figures import columns_of
from report.markup import Head, Table, head_of
from report.published import Row
from report.view import View
from report.words import Kind

BALANCE, REJECTED = "quality.row_balance", "quality.rejected_rows"
CHECKS, PUBLICATION = "quality.check_results", "quality.publication"
PARTS = (
    *(("staged_rows", "fill-accent"), ("superseded_rows", "fill-soft")),
    *(("not_yet_visible_rows", "fill-grey"), ("rejected_rows", "fill-warm")),
)
FACTS = ("version", "published_at", "as_of", "reporting_currency", "git_commit", "checks_run")


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "trust")
    publication = view.published.publication
    with st.container(border=True, key="block-publication"):
        title(view, "publication", columns_of(PUBLICATION, *FACTS))
        known = {**publication, "git_commit": (publication["git_commit"] or "")[:12] or None}
        pairs = [
            (words.column(name), known[name], code_kind(view.kind(PUBLICATION, name)))
            for name in FACTS
        ]
        pairs.append(
            (words.text("word.raw_files"), len(json.loads(publication["raw_files"])), "count")
        )
        st.html(markup.facts(words, pairs))
    balance(view)
    left, right = st.columns(2)
    with left:
        reasons(view)
    with right:
        verdicts(view)
    restatements(view)
    history(view)


def code_kind(kind: Kind) -> Kind:
    """The kind of a column whose texts are names, not words."""
    return "code" if kind == "text" else kind


def balance(view: View) -> None:
    """What became of the rows of each raw table."""
    words = view.words
    rows = view.published.rows(f"from {BALANCE} order by raw_rows desc, raw_table")
    names = [name for name, _ in PARTS]
    shown = [{**row, "bar": bar(row)} for row in rows if row["raw_rows"]]
    heads = [
        Head("raw_table", words.column("raw_table"), "code"),
        Head("bar", ""),
        *(head_of(view.published, words, BALANCE, name) for name in ("raw_rows", *names)),
    ]
    with st.container(border=True, key="block-row_balance"):
        title(view, "row_balance", columns_of(BALANCE, "raw_rows", *names))
        st.html(markup.keys([(fill, words.column(name)) for name, fill in PARTS]))
        st.html(markup.table(words, Table(heads, shown, frozenset({"bar"}))))
        if view.absent_tables:
            absent = ", ".join(sorted(view.absent_tables))
            st.html(markup.empty(words.text("empty.absent"), absent))


def bar(row: Row) -> str:
    """The parts of a table's rows as a bar; a part that exists is at least a sliver."""
    parts = "".join(
        f'<i class="{fill}" style="flex:{int(row[name])} 0 {3 if row[name] else 0}px"></i>'
        for name, fill in PARTS
    )
    return f'<div class="r-bar">{parts}</div>'


def reasons(view: View) -> None:
    """Why raw rows were rejected."""
    words = view.words
    rows = view.published.rows(
        f"select raw_table, reason, count(*) as rejected_rows from {REJECTED}"
        " group by all order by rejected_rows desc, raw_table, reason limit 15"
    )
    heads = [
        Head("raw_table", words.column("raw_table"), "code"),
        Head("reason", words.text("word.reason"), "code"),
        Head("rejected_rows", words.column("rejected_rows"), "count"),
    ]
    table(view, "rejected_rows", Table(heads, rows), columns_of(REJECTED, "reason"), needs=())


def verdicts(view: View) -> None:
    """How many checks of each kind held."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(CHECKS):
        rows = view.published.rows(
            f"select kind, status, count(*) as checks from {CHECKS} where version = ?"
            " group by all order by all",
            view.published.publication["version"],
        )
    shown = [
        {
            **row,
            "kind": words.text(f"kind.{row['kind']}"),
            "status": markup.chip(words, row["status"]),
        }
        for row in rows
    ]
    heads = [
        Head("kind", words.text("word.kind")),
        Head("status", words.text("word.status")),
        Head("checks", words.text("word.checks"), "count"),
    ]
    sources = columns_of(CHECKS, "kind", "status", "severity")
    table(view, "verdicts", Table(heads, shown, frozenset({"status"})), sources, needs=())


def restatements(view: View) -> None:
    """Complete past periods that this version shows otherwise than the one before."""
    words = view.words
    rows: list[Row] = []
    if view.published.has_rows(CHECKS):
        rows = view.published.rows(
            f"select version, mart, check_name, status, message from {CHECKS}"
            " where kind = 'drift' and status not in ('pass', 'not_applicable')"
            " order by version desc, mart, check_name limit 50"
        )
    shown = [{**row, "status": markup.chip(words, row["status"])} for row in rows]
    heads = [
        Head("status", words.text("word.status")),
        Head("mart", words.text("word.mart"), "code"),
        Head("check_name", words.text("word.check"), "code"),
        Head("message", words.text("word.message"), "code", "long"),
        Head("version", words.column("version"), "code"),
    ]
    sources = columns_of(CHECKS, "message")
    table(view, "restatements", Table(heads, shown, frozenset({"status"})), sources, needs=())


def history(view: View) -> None:
    """The publications so far, newest first."""
    words = view.words
    rows = view.published.rows(
        "select version, published_at, as_of, source, checks_run, checks_warned"
        f" from {PUBLICATION} order by version desc limit 30"
    )
    shown = [
        {**row, "warned": len(json.loads(row["checks_warned"])), "source": escape(row["source"])}
        for row in rows
    ]
    heads = [
        *(
            head_of(view.published, words, PUBLICATION, name)
            for name in ("version", "published_at", "as_of")
        ),
        head_of(view.published, words, PUBLICATION, "checks_run"),
        Head("warned", words.text("word.warned"), "count"),
    ]
    table(
        view,
        "history",
        Table(heads, shown),
        columns_of(PUBLICATION, "version", "published_at"),
        needs=(),
    )
