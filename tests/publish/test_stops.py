"""What stops a build: exit code, one clear message, and the marts published before untouched."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.dbt_run import read_manifest, run_dbt
from orchestration.publish import publish
from orchestration.settings import read_settings
from orchestration.summary import print_summary
from tests.publish.shop import Built, build
from tests.raw.folder import ROOT, write_folder

HEADER = "order_id,customer_id,ordered_at,amount\n"
ORDERS = HEADER + "".join(f"{day},c{day % 3},2026-05-{day:02d},10\n" for day in range(1, 21))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which something is published; dbt parses the project once for all stops."""
    folder = tmp_path_factory.mktemp("warehouse")
    with duckdb.connect(str(folder / "marts.duckdb")) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.publication (version varchar)")
    return folder


def stopped(raw: Path | str, warehouse: Path, **environment: str) -> str:
    """What a build that must stop says between its first word and the note on the marts."""
    marts = warehouse / "marts.duckdb"
    before = hashlib.sha256(marts.read_bytes()).hexdigest()
    built: Built = build(raw, warehouse, **environment)
    assert built.code == 1, built.text
    assert "Traceback" not in built.text
    assert "Warning" not in built.text
    assert hashlib.sha256(marts.read_bytes()).hexdigest() == before
    assert [*warehouse.glob("versions/*"), *warehouse.glob("marts*.wal")] == []
    assert built.text.count("Not published. ") == 1
    said, _, note = built.text.partition("Not published. ")[2].partition("\nThe marts published")
    assert note == f" before stay: {marts}\n"
    return said


def test_every_fault_of_the_files_is_said_at_once(tmp_path: Path, warehouse: Path) -> None:
    raw = write_folder(
        tmp_path,
        {
            "orders.csv": ORDERS.replace("amount", "Total"),
            "surveys.parquet": "response_id,responded_at,score\n",
            "refunds/a.csv": "refund_id,order_id\n",
            "columns.yml": "customers: {email: E-Mail}",
        },
    )
    said = stopped(raw, warehouse).splitlines()
    assert said[0].startswith("orders.csv: table orders has no column amount, which is required.")
    assert said[1].startswith("refunds/a.csv: table refunds has no column refunded_at")
    assert said[2].startswith("refunds/a.csv: table refunds has no column amount")
    assert said[3].startswith("surveys.parquet: table surveys: not a readable Parquet file")
    assert len(said) == 4


def test_an_open_quote_stops_although_dbt_could_read_on(tmp_path: Path, warehouse: Path) -> None:
    # Two of them make an even number, so that only DuckDB tells, after the files are read.
    orders = (
        HEADER + '1,"a,2026-05-01,1\n2,"b",2026-05-01,1\n3,"c,2026-05-01,1\n4,"d",2026-05-01,1\n'
    )
    # The other line would leave its row out of a list that nobody counts: he would be written to.
    suppressions = "customer_id,email\nann,ann@example.com,more\n"
    files = {"orders.csv": orders, "suppressions.csv": suppressions}
    said = stopped(write_folder(tmp_path, files), warehouse).splitlines()
    assert said[0] == "orders.csv: table orders, line 2: a quote opens and never closes"
    assert (
        "suppressions.csv: table suppressions, line 2: has not as many fields as the header" in said
    )


def test_too_many_rejected_rows_stop(tmp_path: Path, warehouse: Path) -> None:
    # A date of 2099 and a negative amount are dirt; three in ten of them are a broken export.
    dirt = "x,c,2099-01-01,10\n" * 5 + "y,c,2026-05-01,-1\n" * 5
    said = stopped(write_folder(tmp_path, {"orders.csv": ORDERS + dirt}), warehouse)
    assert "rejected" in said
    assert "orders" in said


def test_several_currencies_without_rates_stop(tmp_path: Path, warehouse: Path) -> None:
    # They would be added up as if they were one.
    orders = "order_id,ordered_at,amount,currency\n1,2026-05-01,1,EUR\n2,2026-05-01,1,\n"
    said = stopped(write_folder(tmp_path, {"orders.csv": orders}), warehouse)
    assert "currency" in said
    assert "fx_rates" in said


@pytest.fixture
def held_lock(warehouse: Path) -> Iterator[None]:
    """The lock of the warehouse, held by this process."""
    with (warehouse / ".lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@pytest.mark.usefixtures("held_lock")
def test_a_second_build_stops_while_the_first_writes(tmp_path: Path, warehouse: Path) -> None:
    said = stopped(write_folder(tmp_path, {"orders.csv": ORDERS}), warehouse)
    assert "another build is writing here" in said
    assert f"process {os.getpid()}" in said
    assert "\n" not in said


@pytest.mark.usefixtures("held_lock")
def test_plain_dbt_stops_too_while_a_build_writes(tmp_path: Path, warehouse: Path) -> None:
    # Whoever calls dbt by hand would write into a build that is being checked or published.
    dbt = str(Path(sys.executable).with_name("dbt"))
    done = subprocess.run(
        [dbt, "run", "--target-path", str(warehouse / "target")],
        cwd=ROOT,
        env={
            **os.environ,
            "RAW_DIR": str(write_folder(tmp_path, {"orders.csv": ORDERS})),
            "WAREHOUSE_DIR": str(warehouse),
            "DBT_LOG_PATH": str(warehouse / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode != 0
    assert f"another build is writing here (process {os.getpid()})" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_shop_without_orders_yet_has_marts_without_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A new shop's first export; and folders are called what people call them.
    raw = write_folder(tmp_path / 'Ann\'s "raw" files [new]', {"orders.csv": HEADER})
    monkeypatch.setenv("RAW_DIR", str(raw))
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path / "my warehouse"))
    monkeypatch.delenv("AS_OF", raising=False)
    settings = read_settings()
    settings.warehouse_dir.mkdir()
    run_dbt(settings, ["build", "--exclude-resource-types", "test", "unit_test"])
    publish(settings, read_manifest(settings), "commit", 0, [])
    with duckdb.connect(str(settings.published_file.resolve()), read_only=True) as marts:
        assert marts.execute("select count(*) from customers.customers").fetchall() == [(0,)]
        assert marts.execute("select count(*) from metrics.revenue").fetchall() == [(0,)]
        assert marts.execute("select source from quality.publication").fetchall() == [(str(raw),)]
    print_summary(settings.published_file, Console(width=200))
    assert "Rejected: none" in capsys.readouterr().out
