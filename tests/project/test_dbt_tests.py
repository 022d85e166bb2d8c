"""`make build` leaves out dbt's unit tests, so they run here, on the smallest shop there can be."""

import os
import subprocess
import sys
from pathlib import Path

from lint.project import ROOT


def test_every_dbt_test_holds_in_a_shop_with_one_order(tmp_path: Path) -> None:
    # A rule that only the demo's full tables keep, or a unit test that nobody runs any more.
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "orders.csv").write_text("order_id,customer_id,ordered_at,amount\n1,c1,2024-01-05,10\n")
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--quiet"]
    command += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    environment = {
        "RAW_DIR": str(raw),
        "WAREHOUSE_DIR": str(tmp_path / "warehouse"),
        "AS_OF": "2024-06-30",
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
