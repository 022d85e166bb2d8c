"""`python -m bench.report`: how fast the dashboard opens on a shop of ten million customers.

Takes the published file of WAREHOUSE_DIR, repeats every customer of its customer marts until there
are enough, and measures in a browser how long each page takes until its last chart is drawn: first
in the first session of a new server (`cold`), then in a new browser session (`warm`).
"""

import argparse
import math
import os
import sys
import time
from pathlib import Path

import duckdb
from playwright.sync_api import Browser

from bi.serving import chromium, free_port, served
from orchestration.publish import point_at
from orchestration.settings import PROJECT_DIR, read_settings
from report.views import PAGES

DRAWN = """() => {
    const app = document.querySelector("[data-testid=stApp]");
    const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
    return app && app.dataset.testScriptState === "notRunning"
        && document.querySelector(".r-head")
        && charts.every((chart) => chart.querySelector("svg"));
}"""


def repeat_customers(connection: duckdb.DuckDBPyConnection, customers: int) -> None:
    """Repeat the rows of every customer mart, each copy under ids of its own."""
    known = connection.execute("select count(*) from customers.customers").fetchall()[0][0]
    copies = math.ceil(customers / known)
    marts = connection.execute(
        "select table_name from duckdb_columns()"
        " where schema_name = 'customers' and column_name = 'customer_id'"
    ).fetchall()
    for (mart,) in marts:
        connection.execute(
            f"insert into customers.{mart}"
            " select known.* replace (known.customer_id || '-' || copies.copy as customer_id)"
            f" from customers.{mart} as known cross join range(1, {copies}) as copies (copy)"
        )
    connection.execute("checkpoint")


def seconds_to_open(browser: Browser, address: str, page: str, customer: str) -> float:
    """Seconds from the address to the last chart of a page, in a new session."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    screen = context.new_page()
    path = "" if page == PAGES[0].key else page
    start = time.monotonic()
    screen.goto(f"{address}/{path}?customer_id={customer}")
    screen.wait_for_function(DRAWN)
    took = time.monotonic() - start
    context.close()
    return took


def main() -> None:
    """Command line: writes the large warehouse where it is not there yet, then prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--scratch", type=Path, default=PROJECT_DIR / "warehouse" / "bench-report")
    asked = parser.parse_args()
    warehouse = asked.scratch.resolve() / str(asked.customers)
    version = warehouse / "versions" / "marts-large.duckdb"
    if not version.exists():
        version.parent.mkdir(parents=True, exist_ok=True)
        unfinished = version.with_suffix(".unfinished")
        unfinished.write_bytes(read_settings().published_file.resolve().read_bytes())
        with duckdb.connect(str(unfinished)) as connection:
            repeat_customers(connection, asked.customers)
        unfinished.rename(version)
        point_at(warehouse / "marts.duckdb", version)
    with duckdb.connect(str(version), read_only=True) as connection:
        sizes = connection.execute(
            "select count(*), max(customer_id) from customers.customers"
        ).fetchall()[0]
    print(f"{sizes[0]:,} customers, {version.stat().st_size / 1024**3:.2f} GB")
    port = free_port()
    command = [sys.executable, "-m", "report", f"--server.port={port}"]
    environment = {**os.environ, "WAREHOUSE_DIR": str(warehouse)}
    with served(command, environment, port, "/_stcore/health") as address, chromium() as browser:
        print("| page | cold s | warm s |")
        print("|---|---|---|")
        for page in PAGES:
            cold, warm = (seconds_to_open(browser, address, page.key, sizes[1]) for _ in range(2))
            print(f"| {page.key} | {cold:.2f} | {warm:.2f} |", flush=True)


if __name__ == "__main__":
    main()
