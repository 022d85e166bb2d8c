"""Turn the invoice lines of UCI Online Retail (Parquet) into a raw folder.

    python -m examples.online_retail.to_raw PATH_TO_PARQUET OUT

Writes orders, order_items, refunds and customers, a Parquet file each. Every line of the source
becomes exactly one row of order_items. README.md says what is decided and why.
"""

import argparse
import sys
from pathlib import Path

import duckdb

# Amounts are pounds. A line is charged when quantity and price are both above zero; only charged
# lines make up an order's amount. Nulls of the source stay null.
LINES = """
create table lines as
with numbered as (
    select
        trim(InvoiceNo) as invoice_id,
        trim(StockCode) as product_id,
        cast(CustomerID as varchar) as customer_id,
        trim(Country) as country,
        Quantity as quantity,
        cast(UnitPrice as decimal(18, 4)) as unit_price,
        InvoiceDate as invoiced_at,
        file_row_number
    from read_parquet(?, file_row_number = true)
)
select
    *,
    row_number() over (partition by invoice_id order by file_row_number) as line_number,
    upper(invoice_id) like 'C%' as is_credit_note,
    quantity > 0 and unit_price > 0 as is_charged,
    cast(quantity * unit_price as decimal(18, 4)) as line_amount
from numbered
"""

TABLES = {
    "orders": """
        select
            invoice_id as order_id,
            max(customer_id) as customer_id,
            min(invoiced_at) as ordered_at,
            case
                when bool_or(is_credit_note) then 0
                else coalesce(sum(line_amount) filter (where is_charged), 0)
            end as amount,
            case
                when bool_or(is_credit_note) then 'cancelled'
                when not regexp_full_match(invoice_id, '[0-9]+') then 'unpaid'
                when not coalesce(bool_or(is_charged), false) then 'unpaid'
                else 'completed'
            end as status
        from lines
        group by invoice_id
        order by ordered_at, order_id
    """,
    "order_items": """
        select
            invoice_id as order_id,
            line_number,
            product_id,
            quantity,
            unit_price
        from lines
        order by file_row_number
    """,
    "refunds": """
        select
            invoice_id as refund_id,
            invoice_id as order_id,
            min(invoiced_at) as refunded_at,
            -sum(line_amount) as amount
        from lines
        where is_credit_note
        group by invoice_id
        order by refunded_at, refund_id
    """,
    "customers": """
        select
            customer_id,
            arg_max(country, file_row_number) as country
        from lines
        where customer_id is not null
        group by customer_id
        order by customer_id
    """,
}


def convert(source: Path, out: Path) -> dict[str, int]:
    """Write OUT/<table>/<table>.parquet for each table and return the rows of each.

    Raises FileExistsError where a table's folder exists: files of an earlier run would count
    twice; duckdb.Error where the source is no Parquet file or lacks a column.
    """
    rows = {}
    with duckdb.connect() as connection:
        connection.execute(LINES, [str(source)])
        for table, query in TABLES.items():
            folder = out / table
            folder.mkdir(parents=True)
            target = str(folder / f"{table}.parquet").replace("'", "''")
            written = connection.execute(f"copy ({query}) to '{target}' (format parquet)")
            rows[table] = int((written.fetchone() or (0,))[0])
    return rows


def main(arguments: list[str]) -> None:
    """Read the command line, convert, and say how many rows each table got."""
    parser = argparse.ArgumentParser(description="Turn UCI Online Retail into a raw folder.")
    parser.add_argument("source", type=Path, help="the invoice lines as a Parquet file")
    parser.add_argument("out", type=Path, help="the raw folder to write")
    options = parser.parse_args(arguments)
    for table, rows in convert(options.source, options.out).items():
        print(f"{table}: {rows}")


if __name__ == "__main__":
    main(sys.argv[1:])
