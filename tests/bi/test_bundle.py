"""The Superset bundle names only what is published, and the same file makes the same bundle."""

import zipfile
from pathlib import Path

import duckdb
import yaml

from bi.superset.bundle import SPECIFICATION, write_bundle

CHARTS = yaml.safe_load(SPECIFICATION.read_text("utf-8"))["charts"]


def test_every_chart_reads_one_row_a_point(demo_warehouse: Path) -> None:
    """Prevents: a figure of several rows of which a chart would show the largest in silence."""
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as connection:
        for chart in CHARTS:
            columns = chart.get("columns") or [*chart["figures"]]
            shown = connection.execute(
                f"select {', '.join(columns)} from {chart['table']} where {chart['where']}"
            ).fetchall()
            assert shown, chart["name"]
            if chart["kind"] == "table":
                continue
            keys = ", ".join(chart[key] for key in ("x", "by") if key in chart)
            repeated = connection.execute(
                f"select {keys} from {chart['table']} where {chart['where']}"
                f" group by {keys} having count(*) > 1"
            ).fetchall()
            assert not repeated, chart["name"]


def test_the_bundle_is_the_same_twice_and_opens_read_only(
    demo_warehouse: Path, tmp_path: Path
) -> None:
    """Prevents: an import that doubles the dashboard instead of replacing it, or locks the file."""
    published = demo_warehouse / "marts.duckdb"
    for name in ("one.zip", "two.zip"):
        write_bundle(published, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as bundle:
        database = yaml.safe_load(bundle.read("retention/databases/retention_marts.yaml"))
    assert database["extra"]["engine_params"]["connect_args"] == {"read_only": True}
    assert database["sqlalchemy_uri"] == f"duckdb:///{published}"
    assert database["allow_dml"] is False
