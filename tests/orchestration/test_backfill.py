"""Month ends as they were known then: a backfill against builds of raw folders cut to that day."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from hypothesis import find
from hypothesis import strategies as st

from orchestration.history import month_end
from tests.property.shops import CHOICES, SALT, dbt_vars, examples, replay
from tests.reference.histories import NOW, History, histories
from tests.reference.raw_rules import TABLES, Settings, read_moment, read_text
from tests.replay.test_replay_is_dbt import folder_of, real_build

Rows = Counter[tuple[Any, ...]]
MONTHS = 6
# Neither a replay nor dbt alone fits models; a shop this small predicts nothing either way.
FITS = ("metrics.model_fits", "metrics.model_parameters")


def readable_days(history: History, table: str, column: str) -> Iterator[date]:
    """The business dates of a column, those that can be read."""
    for row in history.raw.get(table, ()):
        day = day_of(row.get(column), history.settings)
        if day:
            yield day


def day_of(value: str | None, settings: Settings) -> date | None:
    """The business date of a raw timestamp; None where there is none that can be read."""
    try:
        return read_moment(read_text(value) or "", settings).day
    except ValueError:
        return None


def is_long(history: History) -> bool:
    """Whether every table is there, orders go on for half a year, and some are updated later."""
    if history.raw.keys() != TABLES.keys():
        return False
    ordered = sorted(
        day for day in readable_days(history, "orders", "ordered_at") if day < NOW.date()
    )
    updated = set(readable_days(history, "orders", "updated_at"))
    span = ordered[-1] - ordered[0] if ordered else timedelta()
    return len(ordered) > 20 and span > timedelta(days=32 * MONTHS) and len(updated) > 3


@pytest.fixture(scope="module")
def shop() -> History:
    """A dirty shop with orders in more than six months, business days in Tehran."""
    found = find(
        histories(dirty=True, choices=st.just(CHOICES[1])),
        is_long,
        settings=examples(2000),
        random=random.Random(6),
    )
    named = {
        table: [row | {"_file": f"{table}/{row['_file']}"} for row in rows]
        for table, rows in found.raw.items()
    }
    return History(named, found.settings, found.variables)


def months_of(history: History) -> list[str]:
    """Six months in a row, from the one of the second order day on."""
    days = sorted(
        {day for day in readable_days(history, "orders", "ordered_at") if day.year > 2000}
    )
    first = days[1].replace(day=1)
    months = [first]
    while len(months) < MONTHS:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return [f"{month:%Y-%m}" for month in months]


def as_known(history: History, day: date) -> History:
    """The shop with the raw rows known on a day alone, and that day as as_of."""

    def is_known(table: str, row: Mapping[str, Any]) -> bool:
        times = (TABLES[table].event or "", "updated_at")
        days = [day_of(row.get(name), history.settings) for name in times]
        return all(each is None or each <= day for each in days)

    known = {
        table: [row for row in rows if is_known(table, row)] for table, rows in history.raw.items()
    }
    hidden = order_ids(history.raw["orders"]) - order_ids(known["orders"])
    for table in ("order_items", "refunds"):
        known[table] = [row for row in known[table] if read_text(row.get("order_id")) not in hidden]
    return History(known, replace(history.settings, as_of=day), history.variables)


def order_ids(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The order ids that can be read."""
    return {order_id for row in rows if (order_id := read_text(row.get("order_id")))}


def backfill(
    definitions: dg.Definitions,
    history: History,
    months: Sequence[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Run the partitions of these months on the shop; the history file."""
    folder_of(history, folder / "raw")
    warehouse = folder / "live"
    warehouse.mkdir()
    environment = {
        "RAW_DIR": str(folder / "raw"),
        "WAREHOUSE_DIR": str(warehouse),
        "AS_OF": "",
        "RUN_AT": NOW.isoformat(),
        "PII_SALT": SALT,
        "VARS": json.dumps(dbt_vars(history.settings, history.variables)),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    job = definitions.resolve_job_def("month_end_as_known")
    with dg.DagsterInstance.ephemeral() as instance:
        for month in months:
            result = job.execute_in_process(
                partition_key=month,
                instance=instance,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
            assert result.success
    return warehouse / "history.duckdb"


def marts_of(file: Path) -> list[str]:
    """The marts in a history file."""
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        return [
            f"{schema}.{name}"
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables() order by all"
            ).fetchall()
        ]


def rows_of(connection: duckdb.DuckDBPyConnection, relation: str, where: str = "true") -> Rows:
    """The rows of a mart without its as_of. A cut file has its rows at other places."""
    left_out = "as_of, file_row" if relation == "quality.rejected_rows" else "as_of"
    query = f"select columns(c -> c not in ({quoted(left_out)})) from {relation} where {where}"
    return Counter(connection.execute(query).fetchall())


def quoted(names: str) -> str:
    """Names as SQL texts."""
    return ", ".join(f"'{name}'" for name in names.split(", "))


def as_text(rows: Rows) -> str:
    """Some rows, to be read in a failure."""
    return "\n".join(str(row) for row in list(rows)[:3])


def check_month(history_file: Path, month: str, built: duckdb.DuckDBPyConnection) -> int:
    """Assert that the history holds of a month what a build of the cut folder holds; its rows."""
    day, count = month_end(month), 0
    with closing(duckdb.connect(str(history_file), read_only=True)) as connection:
        for mart in set(marts_of(history_file)) - set(FITS):
            found = rows_of(connection, mart, f"as_of = date '{day}'")
            expected = rows_of(built, mart)
            assert found == expected, (
                f"{mart} at {day}: {as_text(found - expected)}\ninstead of\n"
                f"{as_text(expected - found)}"
            )
            count += found.total()
    return count


def test_a_backfill_knows_only_what_was_known_then(
    definitions: dg.Definitions, shop: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Prevents: a past month end that shows orders, corrections or refunds of later days.
    months = months_of(shop)[1::3]
    file = backfill(definitions, shop, months, tmp_path, monkeypatch)
    for month in months:
        cut = as_known(shop, month_end(month))
        assert sum(map(len, cut.raw.values())) < sum(map(len, shop.raw.values()))
        assert check_month(file, month, replay(cut).connection) > 0
    # The live warehouse has the history file, the scratch folder, and nothing else.
    assert sorted(path.name for path in file.parent.iterdir()) == ["backfill", "history.duckdb"]
    assert not [*(file.parent / "backfill").glob("build.duckdb*")]


@pytest.mark.soak
def test_six_month_ends_equal_six_builds_of_cut_folders(
    definitions: dg.Definitions, shop: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Prevents: a past month end that shows orders, corrections or refunds of later days.
    months = months_of(shop)
    file = backfill(definitions, shop, months, tmp_path, monkeypatch)
    for month in months:
        with real_build(as_known(shop, month_end(month)), tmp_path / month) as built:
            assert check_month(file, month, built) > 0


def test_a_month_that_is_built_again_replaces_its_rows(tmp_path: Path) -> None:
    # Prevents: a second backfill of a month that doubles its numbers.
    from orchestration.history import add_to_history
    from orchestration.publish import Mart

    build, history = tmp_path / "build.duckdb", tmp_path / "history.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema metrics; create table metrics.flow (buyers bigint)")
        connection.execute("insert into metrics.flow values (1), (2)")
    narrow = Mart("metrics", "flow", "", {"buyers": {"data_type": "bigint"}})
    wide = Mart("metrics", "flow", "", {**narrow.columns, "orders": {"data_type": "bigint"}})
    assert add_to_history(history, build, [narrow], date(2026, 5, 31)) == {"metrics.flow": 2}
    with duckdb.connect(str(build)) as connection:
        connection.execute("alter table metrics.flow add column orders bigint")
        connection.execute("delete from metrics.flow where buyers = 2")
    with duckdb.connect(str(history), read_only=True) as reader:
        assert add_to_history(history, build, [wide], date(2026, 5, 31)) == {"metrics.flow": 1}
        add_to_history(history, build, [wide], date(2026, 6, 30))
        # Prevents: a reader of the history who sees it change, or keeps it from being written.
        assert reader.execute("select count(*) from metrics.flow").fetchall() == [(2,)]
    with duckdb.connect(str(history), read_only=True) as reader:
        assert reader.execute(
            "select as_of, buyers, orders from metrics.flow order by 1"
        ).fetchall() == [
            (date(2026, 5, 31), 1, None),
            (date(2026, 6, 30), 1, None),
        ]
