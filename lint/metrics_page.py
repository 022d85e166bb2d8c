"""The metric catalogue, docs/metrics.md: each published mart, what its columns mean, how to ask it.

`python -m lint.metrics_page` writes it anew from dbt's manifest and the list of figures of
metrics.kpis; the lint compares.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lint.finding import Finding
from lint.project import ROOT
from lint.semantic_layer import Figure, figures, read_catalog
from lint.strict_parse import parsed_manifest
from orchestration.check import raw_tables_of

PAGE = Path("docs/metrics.md")
HEAD = """# Metric catalogue

<!-- Written by `python -m lint.metrics_page` from the descriptions of the marts. -->

Every published table, by schema. A rate is a fraction (0.25 is 25 %), NPS runs from −100 to 100,
and a rate with an empty denominator is null. Amounts are in the reporting currency. Days are
business dates. What several marts share:

- **Period marts** have `calendar` (`gregorian`, `jalali`), `period_grain` (`month`, `quarter`,
  `year`), `period_start`, `period_end` and `is_complete`. Choose one calendar and one grain, or
  every customer is counted six times. The last period is mostly open: leave it out with
  `where is_complete`.
- **Months add up** says whether a quarter is the sum of its months, or the rate of their summed
  parts. Where it says no, read the quarter's own row; [`make mf`](connect.md#metricflow) gives such
  a metric for single months only.
- **The past moves** a little: a refund counts on the day of its order, so late refunds change
  periods that are over. The quality report of each build lists what changed.

"""
GRAIN_ORDER = ("calendar", "period_grain", "period_start")


def page(project: Path, manifest: Mapping[str, Any]) -> str:
    """The whole page."""
    quoted = {
        entry["mart"]: {figure.column: figure for figure in figures(entry)}
        for entry in read_catalog(project)
    }
    marts = sorted(
        (
            node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["config"]["access"] == "public"
        ),
        key=lambda node: (node["schema"], node["alias"]),
    )
    lines = [HEAD.rstrip("\n"), ""]
    for schema in sorted({mart["schema"] for mart in marts}):
        names = [mart["alias"] for mart in marts if mart["schema"] == schema]
        links = ", ".join(f"[{name}](#{schema}{name})" for name in names)
        lines.append(f"**{schema}**: {links}\n")
    for mart in marts:
        shown = quoted.get(mart["alias"], {}) if mart["schema"] == "metrics" else {}
        lines += section(manifest, mart, shown)
    return "\n".join(lines)


def section(
    manifest: Mapping[str, Any], mart: Mapping[str, Any], quoted: Mapping[str, Figure]
) -> Iterator[str]:
    """One mart: meaning, grain, source, caveats, columns, an example."""
    name = f"{mart['schema']}.{mart['alias']}"
    meta = mart["config"]["meta"]
    tables = sorted(raw_tables_of(manifest, mart["unique_id"]))
    yield f"## {name}\n"
    yield one_line(mart["description"]) + "\n"
    yield f"- One row a {' × '.join(f'`{column}`' for column in meta['grain'])}"
    yield f"- SQL: [{Path(mart['original_file_path']).name}](../{mart['original_file_path']})"
    if tables and mart["schema"] != "quality":
        yield f"- Fed by: {', '.join(tables)}"
    for caveat in meta.get("caveats", []):
        yield f"- Beware: {one_line(caveat)}"
    yield ""
    if quoted:
        yield "| column | meaning | parts | months add up |\n|---|---|---|---|"
    else:
        yield "| column | meaning |\n|---|---|"
    for column in mart["columns"].values():
        cells = [f"`{column['name']}`", one_line(column["description"]).replace("|", "\\|")]
        if quoted:
            figure = quoted.get(column["name"])
            cells.append(" ÷ ".join(f"`{part}`" for part in figure.parts) if figure else "")
            cells.append({True: "yes", False: "no"}[figure.adds_up] if figure else "")
        yield f"| {' | '.join(cells)} |"
    yield f"\n```sql\n{example(mart)}\n```\n"


def example(mart: Mapping[str, Any]) -> str:
    """A query that shows the newest rows of a mart: its keys and its first figures."""
    grain = mart["config"]["meta"]["grain"]
    columns = list(mart["columns"])
    conditions = []
    if "calendar" in grain:
        conditions.append("calendar = 'gregorian'")
    if "period_grain" in grain:
        conditions.append("period_grain = 'month'")
    keys = [column for column in grain if column not in GRAIN_ORDER[:2]]
    aside = {*grain, "calendar", "period_grain", "period_end", "is_complete"}
    chosen = [*keys, *[column for column in columns if column not in aside][:4]]
    lines = [f"select {', '.join(chosen)}", f"from {mart['schema']}.{mart['alias']}"]
    if conditions:
        lines.append(f"where {' and '.join(conditions)}")
    return "\n".join([*lines, f"order by {keys[0]} desc", "limit 12;"])


def one_line(text: str) -> str:
    """A text without its line breaks, safe in Markdown."""
    return re.sub(r"<", "&lt;", " ".join(text.split()))


def check(project: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding where the page is not that of the manifest."""
    path = project / PAGE
    if not path.exists() or path.read_text("utf-8") != page(project, manifest):
        message = "is not of today: run `python -m lint.metrics_page`"
        yield Finding(PAGE.as_posix(), "metrics-page", message)


def main() -> int:
    """Write the page."""
    manifest = parsed_manifest(ROOT)
    (ROOT / PAGE).write_text(page(ROOT, manifest), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
