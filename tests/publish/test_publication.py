"""Attacks on the publication: contracts, versions, a death half-way, an older as_of."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publish as publication
from orchestration.publish import PublicationRefusedError
from tests.publish.shop import AS_OF, Warehouse, raw_files


def public_models(warehouse: Warehouse) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The public models of the manifest by schema and name."""
    manifest = json.loads((warehouse.folder / "target/manifest.json").read_text(encoding="utf-8"))
    return {
        (node["schema"], node["alias"]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_whole(path: Path) -> bool:
    """Whether a published file opens and every table of it can be read."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'select count(*) from {schema}."{table}"').fetchall()
    return ("metrics", "revenue") in tables


# ---------------------------------------------------------------- what is published


def test_every_public_model_is_published_as_a_table_and_nothing_else(shop: Warehouse) -> None:
    tables = set(shop.rows("select schema_name, table_name from duckdb_tables()"))
    assert set(public_models(shop)) <= tables
    assert {schema for schema, _ in tables} == {"customers", "metrics", "quality"}
    assert shop.rows("select view_name from duckdb_views() where not internal") == []
    assert (
        shop.rows(
            "select distinct schema_name from duckdb_schemas() where not internal "
            "and schema_name not in ('customers', 'metrics', 'quality', 'main')"
        )
        == []
    )


def test_the_contract_stands_in_the_published_file(shop: Warehouse) -> None:
    # `create table as` loses not null and comments; a reader of the file alone has no YAML.
    published = {
        (schema, table, column): (kind, nullable, comment)
        for schema, table, column, kind, nullable, comment in shop.rows(
            "select schema_name, table_name, column_name, data_type, is_nullable, comment "
            "from duckdb_columns() where not internal"
        )
    }
    with duckdb.connect() as connection:
        for (schema, table), model in public_models(shop).items():
            for name, column in model["columns"].items():
                kind, nullable, comment = published[schema, table, name]
                wanted = connection.execute(
                    f"select typeof(cast(null as {column['data_type']}))"
                ).fetchall()[0][0]
                assert kind == wanted, (schema, table, name)
                assert comment == column["description"], (schema, table, name)
                assert comment, (schema, table, name)
                is_required = any(each["type"] == "not_null" for each in column["constraints"])
                assert nullable is not is_required, (schema, table, name)
    assert (
        shop.rows(
            "select schema_name, table_name from duckdb_tables() where coalesce(comment, '') = ''"
        )
        == []
    )


def test_the_publication_says_what_it_is_made_of(shop: Warehouse) -> None:
    rows = shop.rows("select as_of, source, raw_files, reporting_currency from quality.publication")
    assert len(rows) == 1
    as_of, source, files, currency = rows[0]
    assert as_of == date.fromisoformat(AS_OF)
    assert currency == "USD"
    raw = shop.folder.parent / "raw"
    assert str(source) == str(raw.resolve())
    hashes = sorted(digest(raw / name) for name in raw_files() if not name.startswith("unknown"))
    assert sorted(each[2] for each in json.loads(str(files))) == hashes


def test_no_write_ahead_log_lies_beside_the_published_file(shop: Warehouse) -> None:
    # Readers of a file on a read-only share cannot replay one.
    assert [*shop.folder.glob("marts*.wal"), *shop.folder.glob("versions/*.wal")] == []


# ---------------------------------------------------------------- versions


def test_three_versions_are_kept_and_the_newest_is_published(warehouse: Warehouse) -> None:
    paths = [warehouse.publish() for _ in range(4)]
    versions = sorted((warehouse.folder / "versions").iterdir())
    assert versions == paths[1:]
    assert warehouse.marts.samefile(paths[-1])
    assert [row[0] for row in warehouse.rows("select version from quality.publication")] == sorted(
        str(row[0]) for row in warehouse.rows("select version from quality.publication")
    )
    assert warehouse.rows("select count(*) from quality.publication") == [(5,)]


def test_a_reader_keeps_its_version_while_others_are_published(warehouse: Warehouse) -> None:
    with duckdb.connect(str(warehouse.marts), read_only=True) as connection:
        before = connection.execute("select count(*) from customers.customers").fetchall()
        warehouse.publish()
        assert connection.execute("select count(*) from customers.customers").fetchall() == before
        assert connection.execute("select count(*) from quality.publication").fetchall() == [(1,)]


def test_what_a_killed_publication_left_is_removed(warehouse: Warehouse) -> None:
    leftovers = [
        warehouse.folder / "versions" / "marts-1.unfinished",
        warehouse.folder / "versions" / "marts-1.unfinished.wal",
        warehouse.folder / ".marts-1.duckdb",
    ]
    for leftover in leftovers:
        leftover.write_bytes(b"half a file")
    before = digest(warehouse.marts)
    assert is_whole(warehouse.marts)
    warehouse.publish()
    assert digest(warehouse.marts) != before
    assert not any(leftover.exists() for leftover in leftovers)


def test_a_death_at_any_step_leaves_a_whole_file(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every step that makes something durable is one at which a process can die.
    before = digest(warehouse.marts)
    sync, deaths = publication.sync, 0

    for last_step in range(20):
        steps = iter(range(100))

        def die(path: Path, steps: Any = steps, last_step: int = last_step) -> None:
            if next(steps) == last_step:
                raise KeyboardInterrupt
            sync(path)

        monkeypatch.setattr(publication, "sync", die)
        try:
            warehouse.publish()
            break
        except KeyboardInterrupt:
            deaths += 1
            assert is_whole(warehouse.marts.resolve())
    assert deaths >= 3
    assert digest(warehouse.marts) != before
    assert is_whole(warehouse.marts)
    assert [*warehouse.folder.rglob("*.unfinished*"), *warehouse.folder.glob(".marts-*")] == []


def test_a_build_without_one_mart_is_not_published(warehouse: Warehouse) -> None:
    warehouse.change_build("drop table metrics.revenue")
    before = digest(warehouse.marts)
    with pytest.raises(duckdb.Error, match="revenue"):
        warehouse.publish()
    assert digest(warehouse.marts) == before


def test_a_null_where_the_contract_forbids_it_is_not_published(warehouse: Warehouse) -> None:
    warehouse.change_build("alter table customers.customers alter customer_id drop not null")
    warehouse.change_build("update customers.customers set customer_id = null")
    before = digest(warehouse.marts)
    with pytest.raises(duckdb.Error, match=re.compile("not null", re.IGNORECASE)):
        warehouse.publish()
    assert digest(warehouse.marts) == before


# ---------------------------------------------------------------- an older as_of


def test_an_older_as_of_is_refused_unless_it_is_meant(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A forgotten AS_OF in a shell would take every reader back.
    warehouse.change_build("update staging.run_context set as_of = date '2026-06-29'")
    before = digest(warehouse.marts)
    with pytest.raises(PublicationRefusedError, match=r"2026-06-29.*2026-06-30.*ALLOW_OLDER=1"):
        warehouse.publish()
    assert digest(warehouse.marts) == before
    monkeypatch.setenv("ALLOW_OLDER", "1")
    warehouse.publish()
    assert warehouse.rows("select as_of from quality.publication order by version") == [
        (date(2026, 6, 30),),
        (date(2026, 6, 29),),
    ]


def test_the_same_and_a_later_as_of_are_published(warehouse: Warehouse) -> None:
    warehouse.publish()
    warehouse.change_build("update staging.run_context set as_of = date '2026-07-01'")
    warehouse.publish()
    assert warehouse.rows("select count(*) from quality.publication") == [(3,)]


def test_another_source_may_be_older(warehouse: Warehouse) -> None:
    warehouse.change_build(
        "update raw.run_request set raw_dir = '/other'; "
        "update staging.run_context set as_of = date '2020-01-01'"
    )
    warehouse.publish()
    assert warehouse.rows("select source from quality.publication order by version desc") != []
