"""`make bench-peers`: what a user would take instead, on the same orders, in an own environment.

Each way runs in a process of its own, from the Parquet files to its result: pandas (the columns of
customers.rfm, and revenue and buyers by month) and pymc-marketing's `rfm_summary` and
`rfm_segments`. None of them makes the other marts, keeps versions or judges a row; the time of a
whole build stands in the table of `make bench`.
"""

import argparse
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pandas

from bench.shop import write_shop

WAYS = ("pandas", "rfm_summary", "rfm_segments")


def orders_of(shop: Path) -> pandas.DataFrame:
    """The counted orders of customers: customer_id, ordered_at, amount."""
    columns = ["customer_id", "ordered_at", "amount", "status"]
    orders = pandas.read_parquet(shop / "orders", columns=columns)
    is_counted = (orders["status"] != "cancelled") & orders["customer_id"].notna()
    orders = orders[is_counted].drop(columns="status")
    return orders.assign(amount=orders["amount"].astype(float))


def with_pandas(orders: pandas.DataFrame) -> None:
    """Recency, frequency, monetary value and their scores; revenue and buyers by month."""
    days = orders["ordered_at"].dt.normalize()
    customers = (
        orders.assign(day=days)
        .groupby("customer_id")
        .agg(last_day=("day", "max"), frequency=("day", "nunique"), monetary=("amount", "sum"))
    )
    for column, score in (("last_day", "r"), ("frequency", "f"), ("monetary", "m")):
        customers[score] = (customers[column].rank(method="min", pct=True) * 5).clip(1, 5)
    orders.groupby(days.dt.to_period("M")).agg({"amount": "sum", "customer_id": "nunique"})


def run(way: str, shop: Path) -> None:
    """One way, from the files to its result."""
    orders = orders_of(shop)
    if way == "pandas":
        with_pandas(orders)
        return
    utils = import_module("pymc_marketing.clv.utils")
    getattr(utils, way)(orders, "customer_id", "ordered_at", "amount", time_unit="D")


def main() -> None:
    """Command line: prints the table, a row a way and a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--scratch", type=Path, default=Path("warehouse") / "bench")
    parser.add_argument("--way", choices=WAYS)
    arguments = parser.parse_args()
    folders = {n: arguments.scratch.resolve() / str(n) / "raw" for n in arguments.orders}
    if arguments.way:
        run(arguments.way, folders[arguments.orders[0]])
        return
    print("| orders | way | seconds | memory GB |", "|---|---|---|---|", sep="\n", flush=True)
    for orders, shop in folders.items():
        if not shop.exists():
            write_shop(shop, orders)
        for way in WAYS:
            words = ["--orders", str(orders), "--scratch", str(arguments.scratch), "--way", way]
            start = time.monotonic()
            process = subprocess.Popen([sys.executable, "-m", "bench.peers", *words])
            _, status, usage = os.wait4(process.pid, 0)
            seconds, memory = time.monotonic() - start, usage.ru_maxrss / 1024**2
            outcome = f"{seconds:.1f} | {memory:.1f}" if status == 0 else "did not finish | –"
            print(f"| {orders:,} | {way} | {outcome} |", flush=True)


if __name__ == "__main__":
    main()
