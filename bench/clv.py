"""Fit and score customers in the warehouse's way, and in pymc-marketing's where it is given.

    python -m bench.clv [--customers 1000000] [--pymc /tmp/pymc/bin/python]

Customers are drawn from known BG/NBD parameters. Ours starts at one row a customer in DuckDB:
group, fit, score the groups, join the scores back to the customers. pymc-marketing starts at the
same rows in memory: MAP fit, chance to be alive and orders of 52 weeks. Its interpreter is one of
an environment of its own: `uv venv F && uv pip install -p F -r requirements/bench.lock`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path

import duckdb
import numpy as np

from orchestration.fit import fit_models, purchases
from orchestration.raw_files import FIT_TYPES, PARAMETER_TYPES, rows_sql
from tests.predict.generated import generate
from tests.replay.compiled import compiled

PYMC = Path(__file__).with_name("clv_pymc.py")
GROUPING = ("intermediate.purchase_groups",)
SCORING = (
    "intermediate.model_fits",
    "intermediate.model_parameters",
    "intermediate.fitted_models",
    "intermediate.purchase_forecasts",
    "intermediate.purchase_scores",
)
JOIN = """
create table customers_scored as
select
    histories.customer_id,
    scores.probability_alive,
    scores.expected_orders
from intermediate.purchase_histories as histories
inner join intermediate.purchase_scores as scores using (frequency, recency_days, age_days)
where scores.sample = 'all'
"""


def write_customers(path: Path, customers: int) -> None:
    """Histories in whole days, as a shop has them, as one Parquet file."""
    shop = generate(1, customers)
    columns = {
        "frequency": shop.frequency.astype(np.int64),
        "recency_days": np.floor(shop.recency * 7).astype(np.int64),
        "age_days": np.ceil(shop.age * 7).astype(np.int64),
    }
    with duckdb.connect() as connection:
        connection.register("drawn", columns)
        target = str(path).replace("'", "''")
        connection.execute(
            "copy (select row_number() over () as customer_id, * from drawn)"
            f" to '{target}' (format parquet)"
        )


def prepare(build_file: Path, customers: Path) -> None:
    """A build file as it is when the fit begins."""
    with closing(duckdb.connect(str(build_file))) as connection:
        connection.execute("create schema raw; create schema intermediate")
        for name, types in (("model_fits", FIT_TYPES), ("model_parameters", PARAMETER_TYPES)):
            connection.execute(rows_sql(f"raw.{name}", types, [])[0])
        connection.execute(
            "create table intermediate.fit_request as select date '2026-06-30' as as_of,"
            " timestamp '2026-07-01' as run_at, 'bench' as raw_dir, 0 as holdout_days,"
            " 50 as min_customers, 'bench' as vars_fingerprint"
        )
        connection.execute(
            "create table intermediate.purchase_histories as"
            " select *, cast(null as bigint) as calibration_frequency,"
            " cast(null as bigint) as calibration_recency_days,"
            " cast(null as bigint) as calibration_age_days"
            f" from '{customers}'"
        )


def make(build_file: Path, relations: tuple[str, ...], *then: str) -> float:
    """Make these models from their compiled SQL; seconds."""
    project = compiled({})
    start = time.monotonic()
    with closing(duckdb.connect(str(build_file))) as connection:
        connection.execute(f"set memory_limit = '{os.environ.get('MEMORY_LIMIT', '4GB')}'")
        for relation in relations:
            connection.execute(f"create table {relation} as ({project.node(relation).sql})")
        for statement in then:
            connection.execute(statement)
    return time.monotonic() - start


def ours(build_file: Path) -> dict[str, float]:
    """Seconds of each step of the warehouse's way; imports are not counted on either side."""
    import_module("pandas")  # DuckDB asks for it where it hands over arrays
    seconds = {"group": make(build_file, GROUPING)}
    start = time.monotonic()
    (fit,) = fit_models(build_file, [purchases("all")])
    seconds["fit"] = time.monotonic() - start
    if not fit.is_converged:
        raise RuntimeError(str(fit.note))
    seconds["score"] = make(build_file, SCORING, JOIN)
    return seconds


def main(arguments: list[str]) -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Fit and score predicted value.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--pymc", help="a Python that has pymc-marketing")
    options = parser.parse_args(arguments)
    compiled({})
    with tempfile.TemporaryDirectory() as scratch:
        customers = Path(scratch) / "customers.parquet"
        write_customers(customers, options.customers)
        # A child draws no customers: its peak memory is that of the fit and the scores.
        build_file = Path(scratch) / "build.duckdb"
        prepare(build_file, customers)
        code = "import json, sys; from pathlib import Path; from bench.clv import ours;"
        code += " print(json.dumps(ours(Path(sys.argv[1]))))"
        done = subprocess.run(
            [sys.executable, "-c", code, str(build_file)],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        total = sum(seconds.values())
        steps = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
        print(f"{options.customers:,} customers: {total:.1f} s ({steps}), peak {peak:.1f} GB")
        if options.pymc:
            done = subprocess.run(
                [options.pymc, str(PYMC), str(customers)],
                check=True,
                capture_output=True,
                text=True,
            )
            theirs = json.loads(done.stdout.splitlines()[-1])
            their_total = sum(theirs.values())
            steps = ", ".join(f"{name} {value:.1f} s" for name, value in theirs.items())
            print(f"pymc-marketing: {their_total:.1f} s ({steps}), {their_total / total:.0f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
