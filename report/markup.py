"""Pieces of HTML that the dashboard and the static report share; every value is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from report.published import Published, Row
from report.words import Kind, Words, kind_of

STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Card:
    """One KPI of one period, with its past; `points` are (value, is complete), oldest first."""

    mart: str
    column: str
    value: Any
    kind: Kind
    change: str = ""
    points: Sequence[tuple[float | None, bool]] = ()
    target: float | None = None
    goal: str = ""
    status: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Head:
    """A column of a table: the key of its rows, its title, how its values are written."""

    name: str
    title: str
    kind: Kind = "text"
    style: str = ""


@dataclass(frozen=True)
class Table:
    """Rows and the columns to show; `html` names those whose values are HTML already."""

    heads: Sequence[Head]
    rows: Sequence[Row]
    html: frozenset[str] = field(default_factory=frozenset)


def definitions(published: Published, words: Words, sources: Iterable[tuple[str, str]]) -> str:
    """What marts and columns mean, to open; in the words of the file's own dictionary."""
    parts = []
    for mart, column in sources:
        text = published.definition(mart, column)
        if text:
            title = escape(words.column(column)) if column else escape(mart)
            code = f"<code>{escape(f'{mart}.{column}' if column else '')}</code>"
            parts.append(f"<dt>{title}{code}</dt><dd>{escape(text)}</dd>")
    if not parts:
        return ""
    label = escape(words.text("word.definition"))
    return (
        f'<details class="r-def"><summary aria-label="{label}" title="{label}">?</summary>'
        f"<dl>{''.join(parts)}</dl></details>"
    )


def title(text: str, definition: str = "", note: str = "", hover: str = "") -> str:
    """The head of a chart or table: what it shows, its definition, one line of advice."""
    below = f"<p>{escape(note)}</p>" if note else ""
    tip = f' title="{escape(hover)}"' if hover else ""
    return f'<div class="r-name r-title"><h3{tip}>{escape(text)}</h3>{definition}</div>{below}'


def page_head(text: str, lead: str, notes: Sequence[tuple[str, str]] = ()) -> str:
    """The top of a page; notes are (text, tone)."""
    shown = "".join(f'<span class="{tone}">{escape(note)}</span>' for note, tone in notes)
    meta = f'<div class="r-meta">{shown}</div>' if shown else ""
    return f'<div class="r-head"><h1>{escape(text)}</h1><p>{escape(lead)}</p>{meta}</div>'


def section(text: str, lead: str = "") -> str:
    """The head of a group of charts."""
    below = f"<p>{escape(lead)}</p>" if lead else ""
    return f'<div class="r-section"><h2>{escape(text)}</h2>{below}</div>'


def cards(published: Published, words: Words, found: Iterable[Card]) -> str:
    """KPI cards side by side, as many as fit."""
    return f'<div class="r-cards">{"".join(card(published, words, one) for one in found)}</div>'


def card(published: Published, words: Words, one: Card) -> str:
    """One KPI: name and definition, figure, change, past, target."""
    hover = escape(published.definition(one.mart, one.column))
    meaning = definitions(published, words, [(one.mart, one.column)])
    unit = f"<small>{escape(one.unit)}</small>" if one.unit and one.value is not None else ""
    goal = ""
    if one.goal:
        status = f" {chip(words, one.status)}" if one.status else ""
        goal = f'<p class="goal">{escape(one.goal)}{status}</p>'
    return (
        f'<div class="r-kpi" data-metric="{escape(f"{one.mart}.{one.column}")}">'
        f'<div class="r-name"><h3 title="{hover}">{escape(words.column(one.column))}</h3>'
        f'{meaning}</div><p class="figure">{escape(words.number(one.value, one.kind))}{unit}</p>'
        f'<p class="change">{one.change}</p>{goal}{spark(words, one)}</div>'
    )


def spark(words: Words, one: Card) -> str:
    """The past of a KPI as a small line, its target as a dashed one, an open period hollow."""
    known = [value for value, _ in one.points if value is not None]
    if len(known) < 2:
        return ""
    ends = [*known, one.target] if one.target is not None else known
    low, high = min(ends), max(ends)
    height = (high - low) or 1.0
    width = max(len(one.points) - 1, 1)
    places = [
        (100 * number / width, None if value is None else 6 + 88 * (high - value) / height)
        for number, (value, _) in enumerate(one.points)
    ]
    path, is_down = [], False
    for left, top in places:
        if top is not None:
            path.append(f"{'L' if is_down else 'M'}{left:.1f} {top:.1f}")
        is_down = top is not None
    drawing = quote(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f'<path d="{"".join(path)}" fill="none" stroke="#000" stroke-width="2" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    mask = f"url(&quot;data:image/svg+xml,{drawing}&quot;)"
    parts = [f'<i style="-webkit-mask-image:{mask};mask-image:{mask}"></i>']
    if one.target is not None:
        parts.append(f'<u style="top:{6 + 88 * (high - one.target) / height:.1f}%"></u>')
    left, top = places[-1]
    if top is not None:
        style = "" if one.points[-1][1] else ' class="open"'
        parts.append(f'<b{style} style="left:{left:.1f}%;top:{top:.1f}%"></b>')
    first, last = words.number(known[0], one.kind), words.number(known[-1], one.kind)
    label = escape(words.text("word.from_to", first=first, last=last))
    return f'<div class="r-spark" role="img" aria-label="{label}">{"".join(parts)}</div>'


def chip(words: Words, status: str) -> str:
    """A status in its colour."""
    return f'<span class="r-chip {escape(status)}">{escape(words.text(f"status.{status}"))}</span>'


def table(words: Words, shown: Table) -> str:
    """A table; numbers stand at the end of their column."""
    heads = "".join(f"<th{style_of(head)}>{escape(head.title)}</th>" for head in shown.heads)
    body = "".join(
        "<tr>" + "".join(cell(words, shown, head, row) for head in shown.heads) + "</tr>"
        for row in shown.rows
    )
    return (
        f'<div class="r-scroll" tabindex="0"><table class="r-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def cell(words: Words, shown: Table, head: Head, row: Row) -> str:
    """One cell of a table."""
    value = row.get(head.name)
    text = str(value) if head.name in shown.html else escape(words.number(value, head.kind))
    return f"<td{style_of(head)}>{text}</td>"


def style_of(head: Head) -> str:
    """The class of a column's cells."""
    style = head.style or (
        "" if head.kind in ("text", "code", "date", "time", "bool") else "number"
    )
    return f' class="{style}"' if style else ""


def head_of(published: Published, words: Words, mart: str, column: str) -> Head:
    """The table column of a published column."""
    return Head(column, words.column(column), kind_of(column, published.data_type(mart, column)))


def empty(text: str, advice: str) -> str:
    """What stands where there is nothing to show: why, and what would fill it."""
    return f'<div class="r-empty"><b>{escape(text)}</b>{escape(advice)}</div>'


def facts(words: Words, pairs: Iterable[tuple[str, Any, Kind]]) -> str:
    """Names and values in a grid."""
    parts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(words.number(value, kind))}</dd></div>"
        for name, value, kind in pairs
    )
    return f'<dl class="r-facts">{parts}</dl>'


def keys(pairs: Iterable[tuple[str, str]]) -> str:
    """A legend: (fill class, text)."""
    parts = "".join(f'<span><i class="{fill}"></i>{escape(text)}</span>' for fill, text in pairs)
    return f'<div class="r-keys">{parts}</div>'
