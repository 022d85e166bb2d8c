"""Great Expectations against plain SQL: the same rules on the same customers, time and memory.

    python -m bench.gx_vs_sql --customers 10000000

Needs a warehouse that has been built (WAREHOUSE_DIR), for the contracts. The customer marts are
made up so that every rule holds; drift is left out. Plain SQL counts the rows that break each rule,
one query a rule. Importing Great Expectations is told apart: it does not grow with the data. The
time of the processor is told beside the time of the clock, which others on the machine share.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from orchestration.dbt_run import read_manifest
from orchestration.publish import published_marts
from orchestration.quality.judge import broken_condition, judge
from orchestration.quality.suites import SQL_RULE, Suite, load_suites
from orchestration.settings import PROJECT_DIR, read_settings

# What the rules look at; the other columns of the contracts stay null.
MARTS = {
    "customers.rfm": """
        customer_id, recency_days, frequency, monetary, recency_score, frequency_score,
        monetary_score, concat(recency_score, frequency_score, monetary_score) as rfm_score,
        concat('r', recency_score, 'f', frequency_score) as segment
        from (
            select
                *, 5 - recency_days // 200 as recency_score, 1 + (frequency - 1) // 10 as
                frequency_score, 1 + cast(floor(monetary / 200) as integer) as monetary_score
            from (
                select
                    concat('c', i) as customer_id, i % 1000 as recency_days,
                    1 + i % 50 as frequency, (i * 7919 % 100000) / 100 as monetary
                from range({customers}) as numbers (i)
            )
        )
    """,
    "customers.customers": """
        concat('c', i) as customer_id, concat('City ', i % 1000) as city,
        concat('channel_', i % 10) as acquisition_channel, sha256(concat('c', i)) as email_hash,
        ['churned', 'reactivated', 'new', 'at_risk', 'active'][1 + i % 5] as lifecycle_state,
        '555' as rfm_score, 'champion' as rfm_segment, 1 + i % 50 as orders,
        1 + i % 50 as order_days, i % 1000 as days_since_last_order, date '2024-01-01' as
        first_order_date, date '2026-01-01' as last_order_date
        from range({customers}) as numbers (i)
    """,
    "customers.lifecycle": """
        concat('c', i) as customer_id, 1 as spell_number, date '2024-01-01' as active_from,
        date '2026-01-01' as last_order_date, 1 + i % 50 as orders
        from range({customers}) as numbers (i)
    """,
    "customers.nps": """
        concat('c', i) as customer_id, i % 11 as score, case when i % 11 >= 9 then 'promoter'
        when i % 11 >= 7 then 'passive' else 'detractor' end as nps_group, 'price' as reason,
        1 as responses
        from range({customers}) as numbers (i)
    """,
}


def suites_judged() -> list[Suite]:
    """The suites of the customer marts, drift left out."""
    suites = load_suites(PROJECT_DIR / "expectations", read_manifest(read_settings()))
    return [
        replace(suite, rules=tuple(rule for rule in suite.rules if not rule.is_drift))
        for suite in suites
        if suite.mart in MARTS
    ]


def write_marts(path: Path, customers: int) -> None:
    """Write the customer marts with all columns of their contracts."""
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema customers")
        for mart in published_marts(read_manifest(read_settings())):
            relation = f"{mart.schema}.{mart.name}"
            if relation in MARTS:
                select = f"select {MARTS[relation].format(customers=customers)}"
                columns = ", ".join(
                    f"{name} {column['data_type']}" for name, column in mart.columns.items()
                )
                connection.execute(f"create table {relation} ({columns})")
                connection.execute(f"insert into {relation} by name {select}")


def plain_sql(path: Path, suites: list[Suite]) -> list[int]:
    """How many rows break each rule, one query a rule."""
    counts = []
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        for suite in suites:
            for rule in suite.rules:
                if rule.type == SQL_RULE:
                    query = rule.arguments["unexpected_rows_query"].format(batch=suite.mart)
                else:
                    query = f"select * from {suite.mart} where {broken_condition(rule)}"
                counts.append(
                    connection.execute(f"select count(*) from ({query})").fetchall()[0][0]
                )
    return counts


def measure(mode: str, path: Path) -> dict[str, float]:
    """Run one side in this process: seconds of clock and processor, peak memory in GB, rules, and
    how many are broken."""
    suites = suites_judged()
    before_import = time.monotonic()
    if mode == "gx":
        import orchestration.quality.engine  # noqa: F401 - its import is what is measured here
    start, cpu = time.monotonic(), time.process_time()
    if mode == "gx":
        broken = [
            verdict.message for verdict in judge(path, None, suites) if verdict.status != "pass"
        ]
    else:
        broken = [str(count) for count in plain_sql(path, suites) if count]
    return {
        "import": start - before_import,
        "seconds": time.monotonic() - start,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "rules": sum(len(suite.rules) for suite in suites),
        "broken": len(broken),
    }


def main() -> int:
    """Make the marts, measure both sides each in a process of its own, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--side", nargs=2, metavar=("MODE", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        mode, path = arguments.side
        print(json.dumps(measure(mode, Path(path))))
        return 0
    with tempfile.TemporaryDirectory(prefix="gx_vs_sql_") as folder:
        path = Path(folder) / "build.duckdb"
        write_marts(path, arguments.customers)
        sides = {}
        for mode in ("sql", "gx"):
            command = [sys.executable, "-m", "bench.gx_vs_sql", "--side", mode, str(path)]
            answer = subprocess.run(
                command, cwd=PROJECT_DIR, check=True, capture_output=True, text=True
            )
            sides[mode] = json.loads(answer.stdout.splitlines()[-1])
    for mode, side in sides.items():
        print(
            f"{mode}: {side['rules']:.0f} rules on {arguments.customers:,} customers in"
            f" {side['seconds']:.1f} s ({side['cpu']:.1f} s of the processor),"
            f" {side['memory']:.2f} GB, {side['broken']:.0f} broken"
        )
    print(f"import of Great Expectations: {sides['gx']['import']:.1f} s")
    for name, label in (("seconds", "clock"), ("cpu", "processor"), ("memory", "memory")):
        print(f"ratio, {label}: {sides['gx'][name] / sides['sql'][name]:.2f}")
    return 1 if any(side["broken"] for side in sides.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
