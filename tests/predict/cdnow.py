"""CDNOW's files of the installed package lifetimes; its code is not imported."""

from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

DATASETS = "lifetimes/datasets/"


def dataset(name: str) -> Path:
    """A file of the package. FileNotFoundError where the package lacks it."""
    for file in distribution("lifetimes").files or []:
        if file.as_posix() == DATASETS + name:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"the package lifetimes is installed without {name}")


def table(name: str) -> Any:
    """A CSV file with a header, as an array with named columns of floats."""
    return np.genfromtxt(dataset(name), delimiter=",", names=True)


def ones(like: NDArray[Any]) -> NDArray[np.float64]:
    """One customer a group."""
    return np.ones(len(like))


def write_sample(raw: Path) -> None:
    """The 2,357 customers' purchases as a raw folder with one table, orders."""
    (raw / "orders").mkdir(parents=True)
    lines = dataset("CDNOW_sample.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip()]
    with duckdb.connect() as connection:
        connection.execute(
            "create table orders (order_id varchar, customer_id varchar, ordered_at date,"
            " amount decimal(18, 2))"
        )
        connection.executemany(
            "insert into orders values (?, ?, strptime(?, '%Y%m%d'), ?)",
            [[str(number), row[1], row[2], row[4]] for number, row in enumerate(rows, start=1)],
        )
        target = str(raw / "orders" / "orders.parquet").replace("'", "''")
        connection.execute(f"copy orders to '{target}' (format parquet)")
