"""The test of grains by itself: in one pass and in many it finds every key that comes twice."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lint.project import ROOT
from tests.project.small_project import small_project

ROWS = "select * from (values {}) as given (customer_id, order_date)"
ALONE = "('a', date '2024-01-01'), ('a', null), ('b', date '2024-01-01'), (null, null), ('c', null)"
TESTS = """
    data_tests:
      - unique_grain:
          arguments: {columns: [customer_id, order_date], rows_at_once: ROWS_AT_ONCE}
"""


@pytest.mark.parametrize("rows_at_once", [10_000_000, 2])
def test_every_key_that_comes_twice_is_found(tmp_path: Path, rows_at_once: int) -> None:
    # A key that is missed because its rows, or a null in it, fall between two passes.
    models = {
        "once": ALONE,
        "twice": f"{ALONE}, ('a', null), (null, null), ('b', '2024-01-01'), ('b', '2024-01-01')",
    }
    listed = "".join(f"\n  - name: {name}{TESTS}" for name in models)
    listed = listed.replace("ROWS_AT_ONCE", str(rows_at_once))
    files = {f"models/{name}.sql": ROWS.format(values) for name, values in models.items()}
    files["models/_models.yml"] = f"models:{listed}"
    project = small_project(tmp_path / "project", files)
    shutil.copytree(ROOT / "tests/sql/generic", project / "tests/generic")
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--quiet"]
    environment = {**os.environ, "WAREHOUSE_DIR": str(tmp_path)}
    subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    results = json.loads((project / "target/run_results.json").read_text("utf-8"))
    tests = {
        result["unique_id"].split("_")[2]: result
        for result in results["results"]
        if result["unique_id"].startswith("test.")
    }
    assert {name: test["failures"] for name, test in tests.items()} == {"once": 0, "twice": 3}
    assert all(
        ("union all" in test["compiled_code"]) == (rows_at_once == 2) for test in tests.values()
    )
