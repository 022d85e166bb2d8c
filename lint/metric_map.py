"""The README's map from each published mart to its SQL file and the raw tables that feed it.

`python -m lint.metric_map` writes it anew from dbt's manifest; the lint compares.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lint.finding import Finding
from lint.project import ROOT
from lint.strict_parse import parsed_manifest
from orchestration.check import raw_tables_of

BLOCK = re.compile(r"(<!-- metric map: .*? -->\n).*?(<!-- end of metric map -->)", re.DOTALL)


def metric_map(manifest: Mapping[str, Any]) -> str:
    """A Markdown table: mart, SQL file, raw tables; one row a published mart, by name."""
    lines = ["| mart | SQL | raw tables |", "|---|---|---|"]
    marts = {
        f"{node['schema']}.{node['alias']}": (unique_id, node["original_file_path"])
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }
    for mart, (unique_id, path) in sorted(marts.items()):
        tables = ", ".join(sorted(raw_tables_of(manifest, unique_id))) or "none"
        if mart.startswith("quality."):
            tables = "all"
        lines.append(f"| `{mart}` | [{Path(path).name}]({path}) | {tables} |")
    return "\n".join(lines) + "\n"


def with_map(readme: str, table: str) -> str:
    """The README with this map in its place."""
    return BLOCK.sub(lambda found: found[1] + table + found[2], readme)


def check(readme: str, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding where the README's map is not that of the manifest."""
    if with_map(readme, metric_map(manifest)) != readme or not BLOCK.search(readme):
        yield Finding("README.md", "metric-map", "is not of today: run `python -m lint.metric_map`")


def main() -> int:
    """Write the map into the README."""
    path = ROOT / "README.md"
    manifest = parsed_manifest(ROOT)
    path.write_text(with_map(path.read_text("utf-8"), metric_map(manifest)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
