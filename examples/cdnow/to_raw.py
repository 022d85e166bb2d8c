"""Turn CDNOW_master.txt of the installed package lifetimes into a raw folder.

    python -m examples.cdnow.to_raw OUT [--format csv|parquet] [--files N]

Row n of the file is order n. The package's code is not imported.
"""

import argparse
import sys
from importlib.metadata import distribution
from pathlib import Path

import duckdb

PACKAGE_FILE = "lifetimes/datasets/CDNOW_master.txt"
FORMATS = {"csv": "format csv, header", "parquet": "format parquet"}


def find_master() -> Path:
    """Give the path of the purchases file. Raise FileNotFoundError where lifetimes lacks it."""
    for file in distribution("lifetimes").files or []:
        if file.as_posix() == PACKAGE_FILE:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"the package lifetimes is installed without {PACKAGE_FILE}")


def read_orders(connection: duckdb.DuckDBPyConnection, master: Path) -> int:
    """Load the orders into table `orders`, typed, and return their number.

    Amounts are dollars, to the cent; dates carry no time of day. Fields are set apart by spaces
    in varying number, so the file is read a line a row. A line that does not hold four fields
    raises duckdb.Error.
    """
    connection.execute(
        r"""
        create table orders as
        with lines as (
            select
                row_number() over () as line_number,
                regexp_split_to_array(trim(line, e' \t\r'), '\s+') as fields
            from read_csv(
                ?, columns = {'line': 'varchar'}, header = true, delim = '', quote = '',
                escape = '', auto_detect = false, parallel = false
            )
        )
        select
            cast(line_number as varchar) as order_id,
            fields[1] as customer_id,
            cast(strptime(fields[2], '%Y%m%d') as date) as ordered_at,
            cast(fields[4] as decimal(18, 2)) as amount
        from lines
        where case when len(fields) = 4 then true else error('line without four fields') end
        order by line_number
        """,
        [str(master)],
    )
    counted = connection.execute("select count(*) from orders").fetchone()
    return int(counted[0]) if counted else 0


def write_orders(connection: duckdb.DuckDBPyConnection, out: Path, form: str, files: int) -> None:
    """Write table `orders` in blocks of consecutive rows as OUT/orders/orders_<n>.<form>.

    Raises FileExistsError where OUT/orders exists: files of an earlier run would count twice.
    """
    folder = out / "orders"
    folder.mkdir(parents=True)
    for number in range(files):
        target = str(folder / f"orders_{number + 1:04d}.{form}").replace("'", "''")
        connection.execute(
            f"""
            copy (
                select order_id, customer_id, ordered_at, amount
                from orders
                where (cast(order_id as bigint) - 1) * {files}
                    // (select count(*) from orders) = {number}
                order by cast(order_id as bigint)
            ) to '{target}' ({FORMATS[form]})
            """
        )


def main(arguments: list[str]) -> None:
    """Read the command line, convert, and say how many orders were written."""
    parser = argparse.ArgumentParser(description="Turn CDNOW into a raw folder.")
    parser.add_argument("out", type=Path, help="the raw folder to write")
    parser.add_argument("--format", choices=sorted(FORMATS), default="parquet")
    parser.add_argument("--files", type=int, default=1, help="number of files, 1 or more")
    options = parser.parse_args(arguments)
    if options.files < 1:
        parser.error("--files must be 1 or more")
    with duckdb.connect() as connection:
        orders = read_orders(connection, find_master())
        write_orders(connection, options.out, options.format, options.files)
    print(f"{orders} orders in {options.files} file(s) under {options.out}")


if __name__ == "__main__":
    main(sys.argv[1:])
