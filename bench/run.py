"""`make bench`: whole builds and one day more, against the floor of the machine, in one run.

The floor, in one DuckDB process with the same threads, memory limit and id types, best of 3:
for each raw table one typed `create table as select` from Parquet; the orders once more, sorted
by customer and time; for each table one `group by customer_id`. A build is `dbt build` without
tests, less its start-up (the same command on one trivial model); `tests` is `dbt test`, less the
same; `published` is `make build` of a warehouse that nothing new has come to: start-up, the models
that a day does not spare, tests, expectations and publishing. Peak memory is that of dbt, peak disk
that of the warehouse with what spills. Times of the processor stand beside those of the clock,
which others on the machine share. `orders part` is the time of the models from the orders' ledger
to the customers' facts, summed over threads: what reads orders in a day. Below the table stands how
much more the next size takes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb

from bench.shop import TABLES, write_day, write_shop
from orchestration.settings import PROJECT_DIR

DBT = str(Path(sys.executable).with_name("dbt"))
NO_TESTS = ["--exclude-resource-type", "test", "unit_test"]
TRIVIAL_MODEL = "staging__channels"
ORDERS_PART = (
    "staging__orders_ledger",
    "staging__touched_orders",
    "staging__orders",
    "staging__touched_customers",
    "intermediate__counted_orders_packed",
    "intermediate__order_days_packed",
    "intermediate__customer_orders",
)
GROWTH = ("full", "one day more", "orders part of the day")
COLUMNS = (
    "orders",
    "floor s",
    "start-up s",
    "full s",
    "÷ floor",
    "÷ floor, processor",
    "orders part s",
    "one day more s",
    "÷ full",
    "÷ full, processor",
    "orders part s, day",
    "tests s",
    "published s",
    "memory GB, full",
    "memory GB, day",
    "disk GB, peak",
    "build file GB",
)


@dataclass(frozen=True)
class Measured:
    """What a command took: seconds by the clock and of the processor; in GB its peak memory and the
    peak size of the warehouse's folder."""

    seconds: float
    processor: float
    memory: float = 0
    disk: float = 0


def floor_of(shop: Path, scratch: Path, threads: int, memory_limit: str) -> Measured:
    """What the floor takes, once, in a new file."""
    path = scratch / "floor.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute(f"set threads = {threads}")
    connection.execute(f"set memory_limit = '{memory_limit}'")
    start, processor = time.monotonic(), time.process_time()
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
    measured = Measured(time.monotonic() - start, time.process_time() - processor)
    path.unlink()
    return measured


def folder_size(folder: Path) -> float:
    """GB of the files below a folder; what vanishes meanwhile does not count."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += Path(parent, name).stat().st_size
    return size / 1024**3


def measure(command: list[str], environment: dict[str, str]) -> Measured:
    """Run a command to its end; raises CalledProcessError where it fails."""
    sizes = [0.0]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            sizes.append(folder_size(Path(environment["WAREHOUSE_DIR"])))

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    try:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env={**os.environ, **environment})
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        is_over.set()
        watcher.join()
    seconds = time.monotonic() - start
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    processor = usage.ru_utime + usage.ru_stime
    print(f"{seconds:.1f} s ({processor:.1f} s): {' '.join(command)}", file=sys.stderr, flush=True)
    return Measured(seconds, processor, usage.ru_maxrss / 1024**2, max(sizes))


def dbt(command: str, arguments: list[str], environment: dict[str, str]) -> Measured:
    """Run one dbt command."""
    words = [DBT, "--quiet", command, *arguments, "--target-path", environment["TARGET"]]
    return measure(words, environment)


def orders_part(target: Path) -> float:
    """Seconds that the last build in a target folder spent between the orders' ledger and the
    customers' facts."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    seconds: dict[str, float] = {
        each["unique_id"].rpartition(".")[2]: each["execution_time"] for each in results
    }
    return sum(seconds[model] for model in ORDERS_PART)


def row(
    orders: int, folder: Path, memory_limit: str, models_at_once: int, floors: int
) -> tuple[list[str], list[float]]:
    """The row of one size of shop, and the seconds of GROWTH; writes the shop where it is not there
    yet."""
    shop, warehouse = folder / "raw", folder / "warehouse"
    if not shop.exists():
        write_shop(shop, orders)
    for path in shop.glob("*/day.parquet"):
        path.unlink()
    shutil.rmtree(warehouse, ignore_errors=True)
    environment = {
        "RAW_DIR": str(shop),
        "WAREHOUSE_DIR": str(warehouse),
        "RUN_AT": "2026-07-01T06:00:00Z",
        "MEMORY_LIMIT": memory_limit,
        "DBT_THREADS": str(models_at_once),
        "TARGET": str(folder / "target"),
    }
    trivial = ["--select", TRIVIAL_MODEL, *NO_TESTS]
    dbt("build", ["--select", TRIVIAL_MODEL, "lookup_channels", *NO_TESTS], environment)
    start_up = dbt("build", trivial, environment)
    runs = [floor_of(shop, folder, 2, memory_limit) for _ in range(floors)]
    floor = Measured(min(run.seconds for run in runs), min(run.processor for run in runs))
    full = dbt("build", NO_TESTS, environment)
    full_orders = orders_part(folder / "target")
    write_day(shop, orders)
    environment["RUN_AT"] = "2026-07-02T06:00:00Z"
    day = dbt("build", NO_TESTS, environment)
    day_orders = orders_part(folder / "target")
    tests = dbt("test", ["--exclude-resource-type", "unit_test"], environment)
    published = measure([sys.executable, "-m", "orchestration.build"], environment)
    full_seconds, full_processor = beyond(full, start_up)
    day_seconds, day_processor = beyond(day, start_up)
    cells = [
        f"{orders:,}",
        f"{floor.seconds:.1f}",
        f"{start_up.seconds:.1f}",
        f"{full_seconds:.1f}",
        f"{full_seconds / floor.seconds:.1f}",
        f"{full_processor / floor.processor:.1f}",
        f"{full_orders:.1f}",
        f"{day_seconds:.1f}",
        f"{100 * day_seconds / full_seconds:.0f} %",
        f"{100 * day_processor / full_processor:.0f} %",
        f"{day_orders:.1f}",
        f"{beyond(tests, start_up)[0]:.1f}",
        f"{published.seconds:.1f}",
        f"{full.memory:.1f}",
        f"{day.memory:.1f}",
        f"{max(full.disk, day.disk, published.disk):.1f}",
        f"{(warehouse / 'build.duckdb').stat().st_size / 1024**3:.1f}",
    ]
    return cells, [full_seconds, day_seconds, day_orders]


def beyond(command: Measured, start_up: Measured) -> tuple[float, float]:
    """Seconds of a command beyond dbt's start-up, by the clock and of the processor."""
    return command.seconds - start_up.seconds, command.processor - start_up.processor


def main() -> None:
    """Command line: prints the table, a row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--scratch", type=Path, default=PROJECT_DIR / "warehouse" / "bench")
    parser.add_argument("--memory-limit", default="8GB")
    parser.add_argument("--models-at-once", type=int, default=2, help="DBT_THREADS")
    parser.add_argument("--floors", type=int, default=3, help="how often the floor is measured")
    arguments = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}", sep="\n", flush=True)
    seconds: dict[int, list[float]] = {}
    for orders in arguments.orders:
        folder = arguments.scratch.resolve() / str(orders)
        cells, seconds[orders] = row(
            orders, folder, arguments.memory_limit, arguments.models_at_once, arguments.floors
        )
        print(f"| {' | '.join(cells)} |", flush=True)
    for less, more in pairwise(seconds):
        growths = zip(GROWTH, seconds[less], seconds[more], strict=True)
        words = ", ".join(f"{name} {after / before:.1f} times" for name, before, after in growths)
        print(f"{more:,} orders against {less:,}: {words}", flush=True)


if __name__ == "__main__":
    main()
