"""No e-mail address, phone number or free text leaves the build file, wherever it was planted."""

import hashlib

import pytest

from tests.publish.shop import EMAIL, SALT, SENDER, TRACES, Warehouse, raw_files


def traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in text.lower()]


def test_the_canary_is_in_every_table() -> None:
    # Without this the other tests would pass on an empty shop.
    for name, content in raw_files().items():
        assert isinstance(content, str)
        if name.endswith(".csv") and "/" in name:
            assert set(traces_in(content)) >= {"canary.bird", "935 217", "zebrafinch"}, name


def test_no_byte_outside_the_build_file_tells_the_canary(shop: Warehouse) -> None:
    # Not only the marts: logs, dbt's artifacts and pages lie beside them and are handed around.
    leaks = {
        str(path.relative_to(shop.folder)): found
        for path in sorted(shop.folder.rglob("*"))
        if path.is_file() and not path.name.startswith("build.duckdb")
        if (found := traces_in(path.read_bytes().decode("latin-1")))
    }
    assert leaks == {}


def test_no_value_of_a_mart_tells_the_canary(shop: Warehouse) -> None:
    # DuckDB may compress text, so that a search over bytes does not see it.
    tables = shop.rows(
        "select table_schema, table_name from information_schema.tables order by all"
    )
    assert len(tables) > 20
    for schema, table in tables:
        for row in shop.rows(f'select to_json(each) from {schema}."{table}" as each'):
            assert traces_in(str(row[0])) == [], f"{schema}.{table}"
            assert SENDER not in str(row[0]), f"{schema}.{table}"


def test_nothing_printed_tells_the_canary(shop: Warehouse) -> None:
    assert traces_in(shop.printed) == []
    assert SENDER not in shop.printed


def test_contact_data_is_hashed_and_still_joins(shop: Warehouse) -> None:
    # A shop whose customer ids are e-mail addresses keeps its customers: one id, one hash.
    ids = shop.rows(
        "select customer_id, count(*) from customers.customers "
        "where regexp_full_match(customer_id, '[0-9a-f]{64}') group by 1 order by 1"
    )
    # ann@… in two cases is one hash; encoded, in a text, three phones: seven ways, six hashes.
    assert len(ids) == 6


@pytest.mark.parametrize("column", ["email", "phone"])
def test_contact_columns_of_rejected_rows_are_hashes(shop: Warehouse, column: str) -> None:
    values = shop.rows(
        f"select distinct raw_row ->> '{column}' from quality.rejected_rows "
        f"where raw_table = 'customers' and (raw_row ->> '{column}') is not null"
    )
    assert values != []
    assert all(len(str(value)) == 64 for (value,) in values)


def test_rejected_rows_leave_free_text_out(shop: Warehouse) -> None:
    keys = shop.rows(
        "select distinct json_keys(raw_row) from quality.rejected_rows "
        "where raw_table = 'surveys' and raw_row is not null"
    )
    assert [sorted(names) for (names,) in keys if isinstance(names, list)] == [
        sorted(["response_id", "customer_id", "responded_at", "survey_type", "score", "reason"])
    ]
    assert shop.rows(
        "select distinct reason, raw_row ->> 'reason' from quality.rejected_rows "
        "where raw_table = 'surveys' and reason <> 'bad_line' order by all"
    ) == [("bad_number", "other"), ("bad_timestamp", "other")]
    assert shop.rows(
        "select count(*) from quality.rejected_rows where reason = 'bad_line' "
        "and (raw_row is not null or row_key is not null)"
    ) == [(0,)]


def test_lookups_hash_contact_data_too(shop: Warehouse) -> None:
    segments = {
        str(row[0]) for row in shop.rows("select distinct segment from metrics.rfm_segments")
    }
    assert any(len(segment) == 64 for segment in segments)


def test_a_hash_is_salted(shop: Warehouse) -> None:
    # An unsalted hash of a phone number is found by trying all numbers.
    hashes = dict.fromkeys(
        hashlib.sha256((salt + EMAIL.lower()).encode()).hexdigest() for salt in (SALT, "")
    )
    counts = [
        shop.rows(f"select count(*) > 0 from customers.customers where email_hash = '{value}'")
        for value in hashes
    ]
    assert counts == [[(True,)], [(False,)]]
