"""A raw folder that grows: a later registration reads the new files and leaves the others."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.raw_files import Plan
from tests.raw.folder import csv_text, plan_folder, register, write_folder

HEADER = ("order_id", "ordered_at", "amount")
JUNE = csv_text(HEADER, [("1", "2026-06-01", "10"), ("2", "2026-06-02", "20")]) + "3,broken\n"


def orders(*ids: str, day: str = "2026-06-30") -> str:
    return csv_text(HEADER, [(order_id, day, "5") for order_id in ids])


def register_again(connection: duckdb.DuckDBPyConnection, folder: Path, **settings: Any) -> Plan:
    """Register as the run after a whole build does."""
    for name in ("raw_reject_errors", "raw_reject_scans"):  # they live as long as a process
        connection.execute(f"drop table if exists {name}")
    found = connection.execute("select state from raw.changes").fetchone()
    previous = {**json.loads(found[0] if found else ""), "as_of": "2026-06-30"}
    plan = plan_folder(folder, previous=json.dumps(previous), **settings)
    assert plan.errors == []
    for statement in plan.statements:
        connection.execute(statement)
    return plan


def ids(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    rows = connection.execute(f"select order_id from {relation} order by 1").fetchall()
    return [row[0] for row in rows]


def bad_lines(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return connection.execute("select file_name, file_row from raw.bad_lines order by 1").fetchall()


def test_only_new_files_are_read_and_all_rows_stay(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    more = pa.table({"order_id": ["5"], "ordered_at": ["2026-07-01"], "amount": ["5"]})
    write_folder(tmp_path, {"orders/a.csv": orders("4") + "x\n", "orders/b.parquet": more})
    plan = register_again(connection, tmp_path)
    assert plan.refresh_reason is None
    assert ids(connection, "raw.orders_changed") == ["4", "5"]
    assert ids(connection, "raw.orders") == ["1", "2", "4", "5"]
    assert bad_lines(connection) == [("orders/a.csv", 3), ("orders/june.csv", 4)]
    assert connection.execute("from raw.changed_files order by all").fetchall() == [
        ("orders", "orders/a.csv"),
        ("orders", "orders/b.parquet"),
    ]
    request = "select run_number, cast(previous_as_of as varchar) from raw.run_request"
    assert connection.execute(request).fetchall() == [(2, "2026-06-30")]


def test_a_registration_that_is_run_twice_reads_no_row_twice(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    state = connection.execute("select state from raw.changes").fetchall()[0][0]
    write_folder(tmp_path, {"orders/july.csv": orders("4") + "x\n"})
    for _ in range(2):
        connection.execute("update raw.changes set state = ?", [state])
        register_again(connection, tmp_path)
    assert ids(connection, "raw.orders") == ["1", "2", "4"]
    assert bad_lines(connection) == [("orders/july.csv", 3), ("orders/june.csv", 4)]


def test_a_file_that_came_and_went_between_two_builds_leaves_nothing(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    state = connection.execute("select state from raw.changes").fetchall()[0][0]
    write_folder(tmp_path, {"orders/july.csv": orders("4") + "x\n"})
    register_again(connection, tmp_path)
    (tmp_path / "orders" / "july.csv").unlink()
    connection.execute("update raw.changes set state = ?", [state])
    plan = register_again(connection, tmp_path)
    assert plan.refresh_reason is None
    assert ids(connection, "raw.orders") == ["1", "2"]
    assert bad_lines(connection) == [("orders/june.csv", 4)]


def test_a_rewritten_file_makes_the_build_start_anew_and_is_named(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    write_folder(tmp_path, {"orders/june.csv": orders("1", "9")})
    plan = register_again(connection, tmp_path)
    assert plan.refresh_reason == "orders/june.csv changed"
    assert ids(connection, "raw.orders") == ["1", "9"]
    assert bad_lines(connection) == []


def test_a_deleted_file_makes_the_build_start_anew_and_is_named(tmp_path: Path) -> None:
    files = {"orders/june.csv": JUNE, "orders/july.csv": orders("4")}
    connection = register(write_folder(tmp_path, files))
    (tmp_path / "orders" / "july.csv").unlink()
    assert register_again(connection, tmp_path).refresh_reason == "orders/july.csv is gone"
    assert ids(connection, "raw.orders") == ["1", "2"]


def test_changed_vars_another_project_and_renamed_columns_start_anew(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    changed = register_again(connection, tmp_path, vars_fingerprint="other")
    assert changed.refresh_reason == "a var changed"
    other = {"vars_fingerprint": "other", "project_fingerprint": "other"}
    changed = register_again(connection, tmp_path, **other)
    assert changed.refresh_reason == "the SQL of the project changed"
    write_folder(tmp_path, {"columns.yml": "orders: {currency: {constant: EUR}}"})
    assert register_again(connection, tmp_path, **other).refresh_reason == "columns.yml changed"


def test_the_first_rates_start_anew_for_they_price_the_orders_of_before(tmp_path: Path) -> None:
    connection = register(write_folder(tmp_path, {"orders/june.csv": JUNE}))
    rates = csv_text(("rate_date", "currency", "rate"), [("2026-06-01", "EUR", "1.1")])
    write_folder(tmp_path, {"fx_rates/june.csv": rates})
    reason = "whether there is a table fx_rates changed"
    assert register_again(connection, tmp_path).refresh_reason == reason
