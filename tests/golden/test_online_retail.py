"""Invoice lines with every kind of oddity: each line must be found again in the balance."""

import json
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from examples.online_retail.to_raw import convert
from tests.golden.conftest import Warehouse, build_warehouse, run

# Invoice, product, quantity, time, price, customer, country; at the right what the line is.
LINES = (
    ("536365", "85123A", 6, "2010-12-01 08:26", 2.55, 17850, "United Kingdom"),  # 15.30
    ("536365", "71053", 6, "2010-12-01 08:27", 3.39, 17850, "United Kingdom"),  # a minute later
    ("536366", "22633", 6, "2010-12-02 08:28", 1.85, 17850, "France"),  # moved house
    ("536366", "22633", 6, "2010-12-02 08:28", 1.85, 17850, "France"),  # exact duplicate
    ("536367", "84879", 32, "2010-12-01 08:34", 1.69, None, "United Kingdom"),  # guest
    ("536368", "22960", 6, "2010-12-03 08:34", 4.25, 13047, "United Kingdom"),  # 25.50
    ("536368", "GIFT", 1, "2010-12-03 08:34", 0.0, 13047, "United Kingdom"),  # free
    ("536368", "22961", -1, "2010-12-03 08:34", 4.25, 13047, "United Kingdom"),  # returned
    ("536369", "GIFT", 1, "2010-12-04 09:00", 0.0, 13048, "Spain"),  # nothing charged
    ("C536370", "22633", -6, "2010-12-05 09:41", 1.85, 17850, "France"),  # credit note
    ("C536370", "22633", -1, "2010-12-05 09:41", 1.85, 17850, "France"),
    ("C536371", "22960", -1, "2010-12-05 10:00", 4.25, None, "United Kingdom"),  # guest's
    ("536372", "21777", -10, "2010-12-06 11:00", 0.0, None, "United Kingdom"),  # stock lost
    ("A563185", "B", 1, "2010-12-07 14:50", 11062.06, None, "United Kingdom"),  # bookkeeping
    ("A563186", "B", 1, "2010-12-07 14:51", -11062.06, None, "United Kingdom"),
)
# Ordinary lines of a guest, 1.00 each: the refused lines stay under the share that fails a build.
FILLER = [("536400", "22633", 1, "2010-12-08 09:00", 1.0, None, "United Kingdom")] * 120
REFUSED = {
    ("536368", "3"),
    ("C536370", "1"),
    ("C536370", "2"),
    ("C536371", "1"),
    ("536372", "1"),
    ("A563186", "1"),
}


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The lines above, through the converter and a whole build."""
    folder = tmp_path_factory.mktemp("online_retail")
    source = folder / "lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "create table lines (InvoiceNo varchar, StockCode varchar, Description varchar, "
            "Quantity bigint, InvoiceDate timestamp, UnitPrice double, CustomerID bigint, "
            "Country varchar)"
        )
        connection.executemany(
            "insert into lines values ($1, $2, 'free text', $3, $4, $5, $6, $7)",
            [*LINES, *FILLER],
        )
        connection.execute(f"copy lines to '{source}' (format parquet)")
    run([sys.executable, "-m", "examples.online_retail.to_raw", str(source), str(folder / "raw")])
    return build_warehouse(folder / "raw", folder / "warehouse", "2010-12-09")


def test_every_line_is_in_the_balance(online_retail: Warehouse) -> None:
    # A line that the converter filters out, or merges with its duplicate, is lost without a trace.
    assert online_retail.rows(
        "select raw_table, raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows, "
        "staged_rows from quality.row_balance where raw_rows > 0 order by raw_table"
    ) == [
        ("customers", 3, 0, 0, 0, 3),
        ("order_items", 135, 6, 0, 0, 129),
        ("orders", 11, 0, 0, 0, 11),
        ("refunds", 2, 0, 0, 0, 2),
    ]


def test_refused_lines_stand_with_their_reason(online_retail: Warehouse) -> None:
    # Refused for another reason, a line would hide a fault of the converter.
    rows = online_retail.rows("select raw_table, reason, raw_row from quality.rejected_rows")
    assert {row[:2] for row in rows} == {("order_items", "negative_amount")}
    refused = [json.loads(row[2]) for row in rows]
    assert {(line["order_id"], str(line["line_number"])) for line in refused} == REFUSED
    assert len(refused) == len(REFUSED)


def test_only_sales_count(online_retail: Warehouse) -> None:
    # A credit note, gift, stock correction or bad debt taken for a sale changes orders and revenue.
    assert online_retail.rows(
        "select orders, buyers, cast(net_revenue as varchar) from metrics.revenue "
        "where calendar = 'gregorian' and period_grain = 'month'"
    ) == [(5, 2, "257.4200")]


def test_customers_keep_their_own_orders(online_retail: Warehouse) -> None:
    # 13048 took a gift only: he is known, but has bought nothing.
    assert online_retail.rows(
        "select customer_id, orders, cast(net_revenue as varchar), first_order_date, "
        "lifecycle_state from customers.customers order by customer_id"
    ) == [
        ("13047", 1, "25.5000", date(2010, 12, 3), "new"),
        ("13048", 0, "0.0000", None, "prospect"),
        ("17850", 2, "57.8400", date(2010, 12, 1), "new"),
    ]


def test_converter_refuses_a_folder_that_holds_tables(tmp_path: Path) -> None:
    # Files of an earlier run beside the new ones would count every invoice twice.
    (tmp_path / "orders").mkdir()
    source = tmp_path / "lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select 'x' as InvoiceNo, 'x' as StockCode, 1 as Quantity, 1.0 as UnitPrice, "
            f"timestamp '2011-01-01' as InvoiceDate, 1 as CustomerID, 'x' as Country) "
            f"to '{source}' (format parquet)"
        )
    with pytest.raises(FileExistsError):
        convert(source, tmp_path)
