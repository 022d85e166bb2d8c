"""`make bench`: the build against the floor of the machine, in one run.

The floor, in one DuckDB process with the same threads, memory limit and id types, best of 3:
for each raw table one typed `create table as select` from Parquet; the orders once more, sorted
by customer and time; for each table one `group by customer_id`. The build is `dbt build` without
tests, less its start-up (the same command on one trivial model). Peak memory is that of dbt.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from bench.shop import TABLES, write_shop
from orchestration.settings import PROJECT_DIR

DBT = str(Path(sys.executable).with_name("dbt"))
NO_TESTS = ["--exclude-resource-type", "test", "unit_test"]
TRIVIAL_MODEL = "staging__channels"


def floor_seconds(shop: Path, scratch: Path, threads: int, memory_limit: str) -> float:
    """Seconds of the floor, once, in a new file."""
    path = scratch / "floor.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute(f"set threads = {threads}")
    connection.execute(f"set memory_limit = '{memory_limit}'")
    start = time.monotonic()
    for table in TABLES:
        connection.execute(f"create table {table} as select * from '{shop}/{table}/*.parquet'")
    connection.execute(
        "create table sorted_orders as select * from orders order by customer_id, ordered_at"
    )
    for table in TABLES:
        columns = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
        if "customer_id" in columns:
            connection.execute(
                f"create table {table}_customers as"
                f" select customer_id, count(*) as times from {table} group by customer_id"
            )
    connection.close()
    seconds = time.monotonic() - start
    path.unlink()
    return seconds


def dbt_seconds(arguments: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory (GB, of the largest child so far) of one dbt command."""
    start = time.monotonic()
    command = [DBT, "--quiet", "build", *arguments, "--target-path", environment["TARGET"]]
    subprocess.run(command, cwd=PROJECT_DIR, env={**os.environ, **environment}, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return time.monotonic() - start, peak


def main() -> None:
    """Command line: writes the shop where it is not there yet, then prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--scratch", type=Path, default=PROJECT_DIR / "warehouse" / "bench")
    parser.add_argument("--memory-limit", default="2GB")
    arguments = parser.parse_args()
    print("| orders | floor s | build s | start-up s | ratio | peak memory GB | build file GB |")
    print("|---|---|---|---|---|---|---|")
    for orders in arguments.orders:
        folder = arguments.scratch.resolve() / str(orders)
        shop, warehouse = folder / "raw", folder / "warehouse"
        if not shop.exists():
            write_shop(shop, orders)
        shutil.rmtree(warehouse, ignore_errors=True)
        environment = {
            "RAW_DIR": str(shop),
            "WAREHOUSE_DIR": str(warehouse),
            "RUN_AT": "2026-07-02T00:00:00Z",
            "MEMORY_LIMIT": arguments.memory_limit,
            "TARGET": str(folder / "target"),
        }
        dbt_seconds(["--select", TRIVIAL_MODEL, "lookup_channels", *NO_TESTS], environment)
        start_up, _ = dbt_seconds(["--select", TRIVIAL_MODEL, *NO_TESTS], environment)
        floor = min(
            floor_seconds(shop, folder, threads=2, memory_limit=arguments.memory_limit)
            for _ in range(3)
        )
        total, peak = dbt_seconds(NO_TESTS, environment)
        size = (warehouse / "build.duckdb").stat().st_size / 1024**3
        print(
            f"| {orders:,} | {floor:.2f} | {total:.2f} | {start_up:.2f}"
            f" | {(total - start_up) / floor:.1f} | {peak:.2f} | {size:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
