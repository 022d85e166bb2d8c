"""Readers in processes of their own while versions are published one after the other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publish.shop import Warehouse

# Opens the published file again and again. Each version has its number in two marts; a connection
# must see one number only, however long it stays open. Ends when the file `stop` appears.
READER = """
import json, sys, time
from pathlib import Path
import duckdb

marts, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, mixed, connections, newest = set(), 0, 0, 0
while not stop.exists() or connections == 0:
    with duckdb.connect(str(marts), read_only=True) as connection:
        numbers = set()
        for table in ("metrics.revenue", "customers.customers", "metrics.revenue"):
            rows = connection.execute(f"select distinct orders from {table}").fetchall()
            numbers |= {number for (number,) in rows}
            time.sleep(0.1)
    connections += 1
    mixed += len(numbers) != 1 or max(numbers) < newest
    newest = max(numbers)
    seen |= numbers
print(json.dumps({"connections": connections, "versions": len(seen), "mixed": mixed}))
"""


def number_build(warehouse: Warehouse, number: int) -> None:
    """Write a number into two marts of the build file."""
    for mart in ("metrics.revenue", "customers.customers"):
        warehouse.change_build(f"update {mart} set orders = {number}")


def read_while_publishing(
    warehouse: Warehouse, folder: Path, readers: int, publications: int
) -> list[dict[str, int]]:
    """Publish while processes read; what each reader saw. AssertionError where one failed."""
    number_build(warehouse, 1)
    warehouse.publish()
    stop = folder / "stop"
    command = [sys.executable, "-c", READER, str(warehouse.marts), str(stop)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(readers)
    ]
    try:
        for number in range(2, publications + 2):
            number_build(warehouse, number)
            warehouse.publish()
    finally:
        stop.touch()
        ended = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in ended] == [""] * readers
    return [json.loads(printed) for printed, _ in ended]


def test_no_reader_sees_two_versions_at_once(warehouse: Warehouse, tmp_path: Path) -> None:
    # Prevents: a dashboard whose numbers are of two builds, or that fails while one is published.
    seen = read_while_publishing(warehouse, tmp_path, readers=3, publications=4)
    assert [each["mixed"] for each in seen] == [0, 0, 0]


@pytest.mark.soak
def test_eight_readers_and_twenty_publications(warehouse: Warehouse, tmp_path: Path) -> None:
    # Prevents: a dashboard whose numbers are of two builds, or that fails while one is published.
    seen = read_while_publishing(warehouse, tmp_path, readers=8, publications=20)
    assert [each["mixed"] for each in seen] == [0] * 8
    connections, versions = (
        sum(each["connections"] for each in seen),
        max(each["versions"] for each in seen),
    )
    print(f"8 readers, 20 publications: {connections} connections saw {versions} versions, 0 mixed")
