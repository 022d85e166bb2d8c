"""The quality report: one static HTML page of a run, whole in itself and readable offline."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from orchestration.quality.drift import rows_of
from orchestration.quality.judge import Verdict
from orchestration.quality.results import CheckResult, results_of_verdicts

PAGE = Path(__file__).with_name("report_page.html")
LABELS = {
    "fail": "failed",
    "error": "not judged",
    "warn": "warned",
    "pass": "passed",
    "not_applicable": "not applicable",
}
KINDS = {"dbt": "dbt test", "gx": "expectation", "drift": "drift"}
ROW_CLASSES = (
    ("staged_rows", "staged", "staged"),
    ("superseded_rows", "superseded", "superseded"),
    ("not_yet_visible_rows", "later", "not yet visible"),
    ("rejected_rows", "rejected", "rejected"),
)


def write_report(
    path: Path,
    verdicts: Sequence[Verdict],
    dbt_tests: Sequence[CheckResult],
    publication: Mapping[str, Any],
    row_balance: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
    refusal: str = "",
) -> None:
    """Write the page, whole or not at all.

    `publication` is the record of what was (or, with a `refusal`, would have been) published;
    `row_balance` and `history` are rows of quality.row_balance and quality.publication.
    """
    results = sorted([*results_of_verdicts(verdicts), *dbt_tests], key=urgency)
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(
        as_of=escape(str(publication.get("as_of", "unknown"))),
        written_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        banner=banner(results, publication, refusal),
        tiles=tiles(results),
        publication=facts(publication),
        findings=findings(results),
        drift=drift(results),
        filters=filters(results),
        checks=checks(results),
        rows=balance(row_balance),
        history=past(history),
    )
    scratch = path.with_name(f".{path.name}.unfinished")
    scratch.write_text(page, encoding="utf-8")
    scratch.replace(path)


def read_row_balance(build_file: Path) -> list[dict[str, Any]]:
    """The rows of quality.row_balance of a build file."""
    with closing(duckdb.connect(str(build_file.resolve()), read_only=True)) as connection:
        return rows_of(connection, "from quality.row_balance order by raw_table")


def read_history(published_file: Path) -> list[dict[str, Any]]:
    """The publications that the published file knows of, newest first; none before the first."""
    if not published_file.exists():
        return []
    with closing(duckdb.connect(str(published_file.resolve()), read_only=True)) as connection:
        return rows_of(connection, "from quality.publication order by version desc")


def urgency(result: CheckResult) -> tuple[int, str, str]:
    """Worst first, then by table and name."""
    return list(LABELS).index(result.status), result.mart, result.check_name


def count_by_status(results: Iterable[CheckResult]) -> dict[str, int]:
    """How many results have each status, worst first."""
    counts = dict.fromkeys(LABELS, 0)
    for result in results:
        counts[result.status] += 1
    return counts


def banner(results: Sequence[CheckResult], publication: Mapping[str, Any], refusal: str) -> str:
    """Published or not, and how it stands, in one sentence."""
    counts = count_by_status(results)
    noun = "check" if counts["warn"] == 1 else "checks"
    warned = f" {counts['warn']} {noun} warned." if counts["warn"] else " No check warned."
    if refusal:
        text = "<strong>Not published.</strong> What was published before stays."
        return f'<div class="banner fail">{text}<pre>{escape(refusal)}</pre></div>'
    version = escape(str(publication.get("version", "")))
    tone = "warn" if counts["warn"] else "pass"
    return f'<div class="banner {tone}"><strong>Published</strong> as {version}.{warned}</div>'


def tiles(results: Sequence[CheckResult]) -> str:
    """One number a status."""
    return "".join(
        f'<div class="tile {status if count else "not_applicable"}"><b>{count:,}</b>'
        f"{LABELS[status]}</div>"
        for status, count in count_by_status(results).items()
    )


def badge(status: str) -> str:
    """A status in its colour."""
    return f'<span class="badge {status}">{LABELS[status]}</span>'


def facts(publication: Mapping[str, Any]) -> str:
    """The record of the publication, name by name; raw files as a list to open."""
    parts = []
    for name, value in publication.items():
        label = escape(name.replace("_", " "))
        if name == "raw_files" and value:
            files = json.loads(value) if isinstance(value, str) else value
            shown = table(("file", "bytes", "SHA-256"), files, numbers={"bytes"}, style="long")
            parts.append(
                f"<dt>{label}</dt><dd><details><summary>{len(files)} files</summary>"
                f"{shown}</details></dd>"
            )
        else:
            is_list = name == "checks_warned"
            shown = ", ".join(json.loads(value)) or "none" if is_list else cell_text(value)
            parts.append(f"<dt>{label}</dt><dd>{escape(shown)}</dd>")
    return f"<dl>{''.join(parts)}</dl>"


def findings(results: Sequence[CheckResult]) -> str:
    """What failed, could not be judged or warned, with its reason and a sample of rows."""
    found = [result for result in results if result.status in ("fail", "error", "warn")]
    if not found:
        return "<p>Every check that applies holds.</p>"
    parts = []
    for result in found:
        why = f'<p class="soft">{escape(result.rationale)}</p>' if result.rationale else ""
        parts.append(
            f'<div class="finding"><h3>{badge(result.status)} {escape(result.mart)} · '
            f"{escape(result.check_name)}</h3><p>{escape(result.message)}</p>{why}"
            f"{sample_table(result.sample)}</div>"
        )
    return "".join(parts)


def sample_table(sample: Sequence[Mapping[str, Any]]) -> str:
    """Some rows, with the columns of the first."""
    if not sample:
        return ""
    names = list(sample[0])
    return table(names, [[row.get(name) for name in names] for row in sample])


def drift(results: Sequence[CheckResult]) -> str:
    """Every drift rule: what it compared, old and new."""
    rules = [result for result in results if result.kind == "drift"]
    if not rules:
        return "<p>No drift rule was judged.</p>"
    return raw_table(
        ("status", "table", "rule", "what was found"),
        [
            [
                badge(result.status),
                escape(result.mart),
                escape(result.check_name),
                escape(result.message),
            ]
            for result in rules
        ],
    )


def filters(results: Sequence[CheckResult]) -> str:
    """One button a status that occurs, and one for all."""
    counts = {status: count for status, count in count_by_status(results).items() if count}
    buttons = [f'<button data-status="all" aria-pressed="true">all {len(results)}</button>']
    buttons += [
        f'<button data-status="{status}" aria-pressed="false">{LABELS[status]} {count}</button>'
        for status, count in counts.items()
    ]
    return "".join(buttons)


def checks(results: Sequence[CheckResult]) -> str:
    """The table of all checks."""
    rows = "".join(
        f'<tr data-status="{result.status}"><td>{badge(result.status)}</td>'
        f'<td class="mart">{escape(result.mart)}</td>'
        f'<td class="name">{escape(result.check_name)}</td>'
        f"<td>{KINDS[result.kind]}</td><td>{escape(result.severity)}</td>"
        f'<td class="long">{escape(result.message)}</td></tr>'
        for result in results
    )
    heads = "".join(
        f"<th>{name}</th>" for name in ("status", "table", "check", "kind", "severity", "result")
    )
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def balance(rows: Sequence[Mapping[str, Any]]) -> str:
    """What became of each table's raw rows, as a bar and as numbers."""
    legend = "".join(
        f'<span><i class="{style}"></i>{label}</span>' for _, style, label in ROW_CLASSES
    )
    body = []
    for row in rows:
        total = max(int(row["raw_rows"]), 1)
        bars = "".join(
            f'<i class="{style}" style="width:{100 * int(row[name]) / total:.2f}%"></i>'
            for name, style, _ in ROW_CLASSES
        )
        numbers = [
            f"{int(row[name]):,}" for name in ("raw_rows", *(one for one, _, _ in ROW_CLASSES))
        ]
        body.append([escape(str(row["raw_table"])), f'<div class="bar">{bars}</div>', *numbers])
    heads = ("raw table", "", "raw", *(label for _, _, label in ROW_CLASSES))
    return f'<div class="legend">{legend}</div>' + raw_table(heads, body, numbers=set(heads[2:]))


def past(history: Sequence[Mapping[str, Any]]) -> str:
    """Publications so far, newest first."""
    if not history:
        return "<p>Nothing is published yet.</p>"
    rows = []
    for row in history:
        warned = json.loads(row.get("checks_warned") or "[]")
        rows.append(
            [
                escape(str(row["version"])),
                escape(f"{row['published_at']:%Y-%m-%d %H:%M}"),
                escape(str(row["as_of"])),
                escape(str(row.get("git_commit") or "")[:12]),
                f"{row['checks_run']:,}",
                f"{len(warned):,}",
                escape(", ".join(warned[:3]) + (" …" if len(warned) > 3 else "")),
            ]
        )
    heads = ("version", "published", "as of", "commit", "checks", "warned", "which")
    return raw_table(heads, rows, numbers={"checks", "warned"})


def cell_text(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"
    if isinstance(value, date | datetime):
        return str(value)
    return str(value)


def table(
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    numbers: set[str] | None = None,
    style: str = "",
) -> str:
    """A table of plain values; columns that hold only numbers stand to the right."""
    rows = [list(row) for row in rows]
    right = numbers or {
        name
        for position, name in enumerate(names)
        if rows
        and all(
            row[position] is None
            or (isinstance(row[position], int | float) and not isinstance(row[position], bool))
            for row in rows
        )
    }
    cells = [[escape(cell_text(value)) for value in row] for row in rows]
    return raw_table(names, cells, right, style)


def raw_table(
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: set[str] | None = None,
    style: str = "",
) -> str:
    """A table of cells that are HTML already."""
    kinds = ["number" if name in (numbers or set()) else style for name in names]

    def tagged(tag: str, cell: str, kind: str) -> str:
        return f'<{tag} class="{kind}">{cell}</{tag}>' if kind else f"<{tag}>{cell}</{tag}>"

    head = "".join(
        tagged("th", escape(name), kind) for name, kind in zip(names, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(tagged("td", cell, kind) for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table>{whole}</table></div>'
