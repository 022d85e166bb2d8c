"""Charts from rows, as Altair draws them: no data is asked for here, and no number is made.

Colours are the CSS variables of style.css, so one chart is right in light and in dark. What is not
complete is drawn hollow or dashed, never as a zero; what is null is not drawn at all.
"""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import altair as alt

from report.published import Row
from report.words import Kind, Words

Look = dict[str, Any]

ACCENT, ACCENT_SOFT = "var(--accent)", "var(--accent-soft)"
WARM = "var(--warm)"
GREY, GREY_SOFT = "var(--grey)", "var(--grey-soft)"
INK, SOFT, LINE, BAR_INK = "var(--ink)", "var(--soft)", "var(--line)", "var(--bar-ink)"
CARD = "var(--card)"
AXES: dict[str, Look] = {"rate": {"format": "~%"}, "points": {"format": "~f"}}
DASH = [4, 3]
FONT = '"Source Sans", system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
CONFIG: Look = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "titleFontWeight": 400,
        "titleFontSize": 12,
        "labelFontSize": 12,
        "labelPadding": 6,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False, "tickCount": 5},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "symbolSize": 90,
        "title": None,
        "orient": "top",
        "direction": "horizontal",
        "columns": 3,
        "offset": 4,
    },
}
# A cell of a matrix as wide as this, in pixels, has room for its number.
READABLE_CELL = 36

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
# A finished chart, as Vega-Lite wants it.
Spec = dict[str, Any]
# A step of a bridge: name, value or change, whether it is a level.
Step = tuple[str, float, bool]


def data(rows: Sequence[Row]) -> alt.InlineData:
    """Rows as values that JSON knows."""
    return alt.InlineData(
        values=[{name: plain(value) for name, value in row.items()} for row in rows]
    )


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def finish(chart: Chart, words: Words, height: int = 260) -> Spec:
    """The chart as a specification, in the look that all charts share.

    Altair's own check of each part against the schema costs more than all the rest: left out.
    """
    return {
        **chart.to_dict(validate=False),
        "width": "container",
        "height": height,
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 8, "top": 8, "bottom": 2},
        "config": {**CONFIG, "locale": {"number": words.chart_locale()}},
    }


def period_axis(rows: Sequence[Row]) -> alt.X:
    """Periods in their order, their names broken at the first space, fewer where they are many."""
    labels = list(dict.fromkeys(row["label"] for row in rows))
    axis = alt.Axis(
        labelAngle=0,
        labelOverlap="greedy",
        title=None,
        ticks=False,
        labelExpr="split(datum.label, ' ')",
        labelSeparation=6,
    )
    return alt.X("label:O", sort=None, scale=alt.Scale(domain=labels, paddingInner=0.25), axis=axis)


def number_axis(kind: Kind, words: Words) -> Look:
    """How an axis writes a kind of number."""
    return AXES.get(kind, {"labelExpr": words.axis_label()})


def value_axis(kind: Kind, words: Words) -> alt.Y:
    """The vertical axis of a kind of number."""
    axis = alt.Axis(**number_axis(kind, words), title=None)
    return alt.Y("value:Q", axis=axis, scale=alt.Scale(nice=True))


def tooltip(words: Words, *fields: tuple[str, str]) -> list[alt.Tooltip]:
    """What a hover says: (field, label key)."""
    return [alt.Tooltip(f"{name}:N", title=words.text(key)) for name, key in fields]


def period_tips(words: Words) -> list[alt.Tooltip]:
    """What a hover says of a value of a period."""
    names = ("label", "word.period"), ("shown", "word.value"), ("state", "word.state")
    return tooltip(words, *names)


def with_text(rows: Sequence[Row], words: Words, kind: Kind, name: str = "value") -> list[Row]:
    """Rows with their value as people read it, in `shown`, and whether it is final, in `state`."""
    return [
        {
            **row,
            "shown": words.number(row[name], kind),
            "state": words.text("word.complete" if row.get("is_complete", True) else "word.open"),
        }
        for row in rows
    ]


def shades(rows: Sequence[Row], x: alt.X) -> list[Any]:
    """What stands behind periods: the chosen one and those of the burn-in."""
    layers = []
    for flag, colour in (("is_chosen", ACCENT), ("is_burn_in", GREY)):
        marked = [row for row in rows if row.get(flag)]
        if marked:
            shade = alt.Chart(data(marked)).mark_rect(color=colour, opacity=0.12)
            layers.append(shade.encode(x=x))
    return layers


def targets(rows: Sequence[Row], words: Words, kind: Kind, x: alt.X) -> list[Any]:
    """Targets as dashed ticks, where there are some."""
    aimed = [
        {**row, "aim": words.number(row["target"], kind)}
        for row in rows
        if row.get("target") is not None
    ]
    if not aimed:
        return []
    mark = alt.Chart(data(aimed)).mark_tick(
        color=WARM, thickness=3, size=26, orient="horizontal", opacity=1
    )
    tips = tooltip(words, ("label", "word.period"), ("aim", "word.target"))
    return [mark.encode(x=x, y=alt.Y("target:Q"), tooltip=tips)]


def trend(rows: Sequence[Row], words: Words, kind: Kind) -> Spec:
    """A value by period: full dots are final, hollow ones still open; `target` where there is."""
    x = period_axis(rows)
    known = [row for row in with_text(rows, words, kind) if row["value"] is not None]
    final = [row for row in known if row.get("is_complete", True)]
    still_open = [row for row in known if not row.get("is_complete", True)]
    tips = period_tips(words)
    y = value_axis(kind, words)
    layers = shades(rows, x)
    if final:
        line = alt.Chart(data(final)).mark_line(color=ACCENT, strokeWidth=2)
        layers.append(line.encode(x=x, y=y))
    if final and still_open:
        tail = alt.Chart(data([final[-1], *still_open]))
        layers.append(tail.mark_line(color=ACCENT, strokeDash=DASH, strokeWidth=2).encode(x=x, y=y))
    for points, fill in ((final, ACCENT), (still_open, CARD)):
        if not points:
            continue
        dots = alt.Chart(data(points)).mark_point(
            filled=True, fill=fill, stroke=ACCENT, strokeWidth=2, size=46, opacity=1
        )
        layers.append(dots.encode(x=x, y=y, tooltip=tips))
    return finish(alt.layer(*layers, *targets(rows, words, kind, x)), words)


def bars(rows: Sequence[Row], words: Words, kind: Kind) -> Spec:
    """A total by period: full bars are final, dashed outlines still open."""
    x = period_axis(rows)
    known = [row for row in with_text(rows, words, kind) if row["value"] is not None]
    tips = period_tips(words)
    layers = shades(rows, x)
    layers += bar_layers(known, x, value_axis(kind, words), tips)
    return finish(alt.layer(*layers, *targets(rows, words, kind, x)), words)


def bar_layers(rows: Sequence[Row], x: alt.X, y: alt.Y, tips: list[alt.Tooltip]) -> list[Any]:
    """Bars of what is final, and dashed ones of what is not."""
    final = [row for row in rows if row.get("is_complete", True)]
    still_open = [row for row in rows if not row.get("is_complete", True)]
    full = alt.Chart(data(final)).mark_bar(color=ACCENT, cornerRadiusEnd=2)
    layers = [full.encode(x=x, y=y, tooltip=tips)] if final else []
    if still_open:
        dashed = alt.Chart(data(still_open)).mark_bar(
            color=ACCENT, fillOpacity=0.18, stroke=ACCENT, strokeDash=DASH, strokeWidth=1.4
        )
        layers.append(dashed.encode(x=x, y=y, tooltip=tips))
    return layers


def colour(field: str, pairs: Sequence[tuple[str, str]], legend: bool = True) -> alt.Color:
    """Colours by name: (name, CSS colour)."""
    scale = alt.Scale(domain=[name for name, _ in pairs], range=[paint for _, paint in pairs])
    key = alt.Legend() if legend else None
    return alt.Color(f"{field}:N", scale=scale, legend=key, sort=None)


def bridge(steps: Sequence[Step], words: Words, kind: Kind) -> Spec:
    """From an opening value to a closing one."""
    rows: list[Row] = []
    height = 0.0
    for name, value, is_level in steps:
        low, high = (0.0, value) if is_level else sorted((height, height + value))
        height = value if is_level else height + value
        tone = "level" if is_level else "up" if value >= 0 else "down"
        shown = words.number(value, kind, signed=not is_level)
        rows.append(
            {"label": name, "low": low, "high": high, "tone": tone, "shown": shown, "end": height}
        )
    axis = alt.Axis(labelAngle=0, title=None, ticks=False, labelExpr="split(datum.label, ' ')")
    x = alt.X("label:O", sort=None, axis=axis, scale=alt.Scale(paddingInner=0.35))
    paint = colour("tone", [("level", GREY), ("up", ACCENT), ("down", WARM)], legend=False)
    tips = tooltip(words, ("label", "word.step"), ("shown", "word.value"))
    base = alt.Chart(data(rows))
    boxes = base.mark_bar(cornerRadius=2).encode(
        x=x,
        y=alt.Y("low:Q", axis=alt.Axis(**number_axis(kind, words), title=None)),
        y2="high:Q",
        color=paint,
        tooltip=tips,
    )
    texts = base.mark_text(dy=-9, color=INK, fontSize=13, fontWeight=600).encode(
        x=x, y="high:Q", text="shown:N"
    )
    return finish(alt.layer(boxes, texts), words, height=290)


def in_and_out(rows: Sequence[Row], names: Sequence[tuple[str, str]], words: Words) -> Spec:
    """Stacked bars above and below zero: rows of (label, part, signed value)."""
    x = period_axis(rows)
    tips = tooltip(
        words,
        *(("label", "word.period"), ("part", "word.step"), ("shown", "word.value")),
        ("state", "word.state"),
    )
    ends = [
        sum(
            float(row["value"]) for row in rows if row["label"] == label and row["value"] * sign > 0
        )
        for label in {row["label"] for row in rows}
        for sign in (-1, 1)
    ]
    y = alt.Y(
        "value:Q",
        stack="zero",
        axis=alt.Axis(**number_axis("count", words), title=None),
        scale=alt.Scale(domain=[1.1 * min(ends), 1.1 * max(ends)], nice=True),
    )
    paint = colour("part", names)
    layers = shades([row for row in rows if row["part"] == names[0][0]], x)
    looks: dict[bool, Look] = {True: {}, False: {"fillOpacity": 0.35, "strokeDash": DASH}}
    for is_final, look in looks.items():
        shown = [
            row
            for row in with_text(rows, words, "count")
            if row["value"] is not None and row.get("is_complete", True) == is_final
        ]
        if shown:
            mark = alt.Chart(data(shown)).mark_bar(**look)
            outline: Look = {} if is_final else {"stroke": paint}
            layers.append(mark.encode(x=x, y=y, color=paint, tooltip=tips, **outline))
    zero = alt.Chart(data([{"zero": 0}])).mark_rule(color=GREY)
    return finish(alt.layer(*layers, zero.encode(y="zero:Q")), words)


def matrix(
    rows: Sequence[Row],
    words: Words,
    kind: Kind,
    titles: tuple[str, str],
    columns: Sequence[Any] = (),
) -> Spec:
    """A heat map of rows (line, column, value, is_complete); open cells are dashed outlines.

    Lines and columns stand as they first come, unless the columns are given.
    """
    lines = list(dict.fromkeys(row["line"] for row in rows))
    columns = list(columns or dict.fromkeys(row["column"] for row in rows))
    sizes = [float(row["value"]) for row in rows if row["value"] is not None]
    top = max(sizes, default=1.0) or 1.0
    known = []
    for row in with_text(rows, words, kind):
        if row["value"] is not None:
            is_strong = float(row["value"]) > 0.5 * top and row.get("is_complete", True)
            known.append({**row, "ink": "strong" if is_strong else "weak"})
    all_numbers = all(isinstance(column, int) for column in columns)
    numbered: Look = {"format": "d", "formatType": "number"} if all_numbers else {}
    x = alt.X(
        "column:O",
        sort=None,
        scale=alt.Scale(domain=columns, padding=0),
        axis=alt.Axis(
            orient="top", labelAngle=0, title=titles[1], labelOverlap="greedy", ticks=False,
            domain=False, labelLimit=110,
            **numbered,
        ),
    )  # fmt: skip
    y = alt.Y(
        "line:O",
        sort=None,
        scale=alt.Scale(domain=lines, padding=0),
        axis=alt.Axis(title=None, labelOverlap=False, labelLimit=150),
    )
    tips = [
        alt.Tooltip("line:N", title=titles[0]),
        alt.Tooltip("column:N", title=titles[1]),
        *tooltip(words, ("shown", "word.value"), ("state", "word.state")),
    ]
    shade = alt.FillOpacity(
        "value:Q", scale=alt.Scale(domain=[0, top], range=[0.05, 1], clamp=True), legend=None
    )
    final = [row for row in known if row.get("is_complete", True)]
    layers: list[Any] = []
    if final:
        mark = alt.Chart(data(final)).mark_rect(color=ACCENT, stroke=CARD, strokeWidth=1.5)
        layers.append(mark.encode(x=x, y=y, fillOpacity=shade, tooltip=tips))
    still_open = [row for row in known if not row.get("is_complete", True)]
    if still_open:
        mark = alt.Chart(data(still_open)).mark_rect(
            fill=CARD, stroke=GREY, strokeDash=[3, 2], strokeWidth=1
        )
        layers.append(mark.encode(x=x, y=y, tooltip=tips))
    room = alt.ExprRef(f"width / {max(len(columns), 1)} < {READABLE_CELL} ? 0 : 1")
    paint = colour("ink", [("strong", BAR_INK), ("weak", INK)], legend=False)
    texts = alt.Chart(data(known)).mark_text(fontSize=11, opacity=room)
    layers.append(texts.encode(x=x, y=y, text="shown:N", color=paint))
    return finish(alt.layer(*layers), words, height=max(26 * len(lines), 60) + 40)


def curves(rows: Sequence[Row], words: Words, kind: Kind, x_title: str) -> Spec:
    """Lines by age: rows of (line, age, value, tone); the tones `main` and `chosen` stand out."""
    known = [row for row in with_text(rows, words, kind) if row["value"] is not None]
    axis = alt.Axis(title=x_title, tickMinStep=1, format="d", grid=False)
    x = alt.X("age:Q", axis=axis, scale=alt.Scale(nice=False))
    y = value_axis(kind, words)
    tips = [
        *tooltip(words, ("line", "word.line")),
        alt.Tooltip("age:N", title=x_title),
        *tooltip(words, ("shown", "word.value"), ("state", "word.state")),
    ]
    layers: list[Any] = []
    for tone, paint, width in (("other", GREY, 1), ("chosen", WARM, 2.2), ("main", ACCENT, 3)):
        chosen = [row for row in known if row["tone"] == tone]
        if not chosen:
            continue
        opacity = 0.45 if tone == "other" else 1
        base = alt.Chart(data(chosen))
        layers.append(
            base.mark_line(color=paint, strokeWidth=width, opacity=opacity).encode(
                x=x, y=y, detail="line:N"
            )
        )
        dots = base.mark_point(filled=True, color=paint, size=28, opacity=opacity)
        layers.append(dots.encode(x=x, y=y, tooltip=tips))
        if tone != "other":
            ends = list({row["line"]: row for row in chosen}.values())
            looks: list[Look] = [{"stroke": CARD, "strokeWidth": 4}, {"color": paint}]
            for look in looks:
                texts = alt.Chart(data(ends)).mark_text(
                    align="right", dx=-4, dy=-13, fontSize=12, fontWeight=600, **look
                )
                layers.append(texts.encode(x=x, y=y, text="line:N"))
    return finish(alt.layer(*layers), words)


def score_grid(rows: Sequence[Row], words: Words) -> Spec:
    """The 5 × 5 cells of recency and frequency scores: segment, customers, share as shade."""
    top = max((row["customers"] for row in rows), default=1) or 1
    known = [
        {
            **row,
            "shown": words.number(row["customers"], "count"),
            "ink": "strong" if row["customers"] > 0.5 * top else "weak",
        }
        for row in rows
    ]
    axis: Look = {"labelAngle": 0, "ticks": False, "domain": False, "labelFontSize": 13}
    scores = [1, 2, 3, 4, 5]
    x = alt.X(
        "frequency_score:O",
        axis=alt.Axis(title=words.column("frequency_score"), **axis),
        scale=alt.Scale(domain=scores, padding=0),
    )
    y = alt.Y(
        "recency_score:O",
        axis=alt.Axis(title=words.column("recency_score"), **axis),
        scale=alt.Scale(domain=scores[::-1], padding=0),
    )
    tips = tooltip(words, ("name", "word.segment"), ("shown", "column.customers"))
    base = alt.Chart(data(known))
    shade = alt.FillOpacity(
        "customers:Q", scale=alt.Scale(domain=[0, top], range=[0.05, 1]), legend=None
    )
    paint = colour("ink", [("strong", BAR_INK), ("weak", INK)], legend=False)
    boxes = base.mark_rect(color=ACCENT, stroke=CARD, strokeWidth=2).encode(
        x=x, y=y, fillOpacity=shade, tooltip=tips
    )
    counts = base.mark_text(dy=-8, fontSize=15, fontWeight=600)
    names = base.mark_text(dy=10, fontSize=11, limit=105)
    return finish(
        alt.layer(
            boxes,
            counts.encode(x=x, y=y, text="shown:N", color=paint),
            names.encode(x=x, y=y, text="name:N", color=paint),
        ),
        words,
        height=330,
    )


def intervals(
    rows: Sequence[Row],
    words: Words,
    kind: Kind,
    by_period: bool,
    counted: str = "column.responses",
) -> Spec:
    """Values with their 95 % interval: rows of (label, value, low, high, count); `counted` names
    what is counted."""
    known = [row for row in with_text(rows, words, kind) if row["value"] is not None]
    shown = [
        {
            **row,
            "between": words.text(
                "word.between",
                low=words.number(row["low"], kind),
                high=words.number(row["high"], kind),
            ),
            "counted": words.number(row["count"], "count"),
        }
        for row in known
    ]
    tips = tooltip(
        words,
        *(("label", "word.which"), ("shown", "word.value"), ("between", "word.interval")),
        *(("counted", counted), ("state", "word.state")),
    )
    number = alt.Axis(**number_axis(kind, words), title=None, grid=True)
    zero = alt.Chart(data([{"zero": 0}])).mark_rule(color=GREY)
    look: Look = {"filled": True, "stroke": ACCENT, "strokeWidth": 2, "size": 60, "opacity": 1}
    layers: list[Any] = []
    place: Look
    span: Look
    if by_period:
        x = period_axis(rows)
        y = alt.Y("value:Q", axis=number)
        layers += [*shades(rows, x), zero.encode(y="zero:Q")]
        place = {"x": x, "y": y}
        span = {"x": x, "y": alt.Y("low:Q", axis=number), "y2": "high:Q"}
        height = 280
    else:
        names = alt.Y("label:O", sort=None, axis=alt.Axis(title=None, labelLimit=160, grid=False))
        layers.append(zero.encode(x="zero:Q"))
        place = {"x": alt.X("value:Q", axis=number), "y": names}
        span = {"x": alt.X("low:Q", axis=number), "x2": "high:Q", "y": names}
        height = max(30 * len(shown), 60) + 30
    for is_final in (True, False):
        part = [row for row in shown if row.get("is_complete", True) == is_final]
        if part:
            base = alt.Chart(data(part))
            dash: Look = {} if is_final else {"strokeDash": DASH}
            layers.append(
                base.mark_rule(color=ACCENT_SOFT, strokeWidth=5, **dash).encode(
                    **span, tooltip=tips
                )
            )
            dots = base.mark_point(fill=ACCENT if is_final else CARD, **look)
            layers.append(dots.encode(**place, tooltip=tips))
    return finish(alt.layer(*layers), words, height=height)


def shares(
    rows: Sequence[Row], names: Sequence[tuple[str, str]], words: Words, kind: Kind = "count"
) -> Spec:
    """Parts of a whole by period, each bar as long as the others: rows of (label, part, value)."""
    x = period_axis(rows)
    order = {name: place for place, (name, _) in enumerate(names)}
    known = [
        {**row, "order": order[row["part"]]} for row in with_text(rows, words, kind) if row["value"]
    ]
    tips = tooltip(words, ("label", "word.period"), ("part", "word.which"), ("shown", "word.value"))
    y = alt.Y("value:Q", stack="normalize", axis=alt.Axis(format="~%", title=None))
    mark = alt.Chart(data(known)).mark_bar()
    encoded = mark.encode(x=x, y=y, color=colour("part", names), order="order:Q", tooltip=tips)
    return finish(encoded, words)


def ranking(rows: Sequence[Row], words: Words, kind: Kind, notes: bool = False) -> Spec:
    """Horizontal bars, as they come: rows of (label, value, note)."""
    known = [row for row in with_text(rows, words, kind) if row["value"] is not None]
    for row in known:
        row["text"] = row["shown"]
        if notes and row.get("note"):
            row["text"] = words.text("word.with_note", value=row["shown"], note=row["note"])
    top = max((float(row["value"]) for row in known), default=1.0) or 1.0
    low = min(0.0, *(float(row["value"]) for row in known)) if known else 0.0
    y = alt.Y("label:O", sort=None, axis=alt.Axis(title=None, labelLimit=170, grid=False))
    x = alt.X(
        "value:Q",
        axis=None,
        scale=alt.Scale(domain=[low, top * (1.6 if notes else 1.25)], nice=False),
    )
    base = alt.Chart(data(known))
    boxes = base.mark_bar(color=ACCENT, cornerRadiusEnd=2, height={"band": 0.62}).encode(
        x=x,
        y=y,
        tooltip=tooltip(words, ("label", "word.which"), ("text", "word.value")),
    )
    texts = base.mark_text(align="left", dx=6, color=INK, fontSize=12)
    shown = alt.layer(boxes, texts.encode(x=x, y=y, text="text:N"))
    return finish(shown, words, height=max(30 * len(known), 40) + 12)


def spells(rows: Sequence[Row], words: Words, ticks: dict[int, str]) -> Spec:
    """A customer's spells as bars on a line of days; the silence before churn is dashed.

    Rows have from_day, last_day, until_day (day numbers) and `label`, `shown`, `state`.
    """
    axis = alt.Axis(
        values=sorted(ticks),
        labelExpr=f"{json.dumps({str(day): name for day, name in ticks.items()})}[datum.value]",
        labelOverlap="greedy",
        title=None,
    )
    ends = [day for row in rows for day in (row["from_day"], row["until_day"])] + sorted(ticks)
    scale = alt.Scale(domain=[min(ends), max(ends)], nice=False)
    y = alt.Y("label:O", sort=None, axis=alt.Axis(title=None, grid=False))
    base = alt.Chart(data(rows))
    tips = tooltip(words, ("label", "word.which"), ("shown", "word.value"), ("state", "word.state"))
    silence = base.mark_rule(color=GREY, strokeDash=DASH, strokeWidth=2).encode(
        x=alt.X("last_day:Q", axis=axis, scale=scale), x2="until_day:Q", y=y, tooltip=tips
    )
    active = base.mark_bar(
        color=ACCENT, cornerRadius=3, height=13, stroke=ACCENT, strokeWidth=3
    ).encode(x=alt.X("from_day:Q", axis=axis, scale=scale), x2="last_day:Q", y=y, tooltip=tips)
    return finish(alt.layer(silence, active), words, height=34 * len(rows) + 40)
