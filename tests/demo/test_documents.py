"""What the documents tell readers to type works on the published demo."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb

from lint.project import ROOT


def blocks(document: str, language: str) -> list[str]:
    """The code blocks of a document in one language."""
    text = (ROOT / "docs" / document).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def test_every_example_of_the_catalogue_returns_rows(demo_warehouse: Path) -> None:
    """Prevents: an example query that does not run, or that shows nothing."""
    examples = blocks("metrics.md", "sql")
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as marts:
        empty = [query for query in examples if not marts.execute(query).fetchall()]
    assert examples
    assert not empty, "\n".join(empty)


def test_the_pandas_example_reads_the_published_file(demo_warehouse: Path, tmp_path: Path) -> None:
    """Prevents: a first contact with the marts that ends in an error."""
    (code,) = blocks("connect.md", "python")
    (tmp_path / "warehouse").symlink_to(demo_warehouse)
    done = subprocess.run(
        [sys.executable, "-c", code + "print(len(flow), flow.new_customers.sum() > 0)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "30 True\n", done.stderr


def test_a_mart_goes_to_a_csv_file(demo_warehouse: Path, tmp_path: Path) -> None:
    """Prevents: a read-only prompt from which nothing can be taken along to a spreadsheet."""
    (line,) = [line for line in blocks("connect.md", "sh") if "copy" in line]
    statement = shlex.split(line.split("|")[0])[1]
    target = tmp_path / "customer_flow.csv"
    done = subprocess.run(
        ["make", "-s", "sql", f"WAREHOUSE_DIR={demo_warehouse}"],
        cwd=ROOT,
        input=statement.replace("customer_flow.csv", str(target)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = target.read_text("utf-8").splitlines()
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as marts:
        rows = marts.execute("select count(*) from metrics.customer_flow").fetchall()[0][0]
    assert lines[0].startswith("calendar,period_grain,period_start")
    assert len(lines) == rows + 1
