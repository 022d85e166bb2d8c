"""A shop of N orders as Parquet, written by DuckDB out of core, skewed like real shops.

`python -m bench.shop OUT ORDERS` writes ORDERS orders of ORDERS / 10 customers over three years, as
many sessions, a tenth of survey answers and 1 % of refunds. `write_day` adds the files of one day
more: 0.1 % of the orders, 1 % of them late by up to three years, with their sessions, answers and
refunds. The same arguments give the same rows.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

# Customers by a power law, days with a growing base and a yearly wave, amounts log-normal. A
# customer has up to three browsers, which seldom serve another one; half of all sessions are signed
# in, three of ten are of a browser that never comes again.
TABLES = {
    "orders": """
        select
            'o' || n as order_id,
            case
                when hash(n, 1) % 20 > 0
                    then 'c' || cast(floor({customers} * pow(unit(n, 2), 2.0)) as bigint)
            end as customer_id,
            {moment} as ordered_at,
            cast(exp(3 + 0.8 * normal(n)) as decimal(18, 2)) as amount,
            'USD' as currency,
            case when hash(n, 5) % 50 = 0 then 'cancelled' else 'completed' end as status,
            cast(case when hash(n, 6) % 5 = 0 then 5 else 0 end as decimal(18, 2))
                as discount_amount,
            cast(exp(2.5 + 0.8 * normal(n)) as decimal(18, 2)) as cost_amount,
            pick(n, 7, ['web', 'app', 'store']) as sales_channel,
            pick(n, 8, ['ride', 'food', 'market']) as service,
            's' || n as session_id
        from numbers
    """,
    "sessions": """
        select
            's' || n as session_id,
            case
                when hash(n, 1) % 10 < 3 then 'x' || n
                else 'v' || 3 * customer + hash(n, 12) % 3
            end as visitor_id,
            case
                when hash(n, 1) % 10 < 5 then null
                when hash(n, 10) % 100 = 0 then 'c' || hash(n, 9) % {customers}
                else 'c' || customer
            end as customer_id,
            {moment} as started_at,
            {moment} + interval 5 minute as ended_at,
            pick(n, 13, ['google', 'instagram', 'newsletter', 'direct']) as utm_source,
            pick(n, 13, ['cpc', 'social', 'email', 'none']) as utm_medium,
            pick(n, 14, ['mobile', 'desktop']) as device,
            cast(1 + hash(n, 15) % 9 as integer) as page_views,
            cast(hash(n, 16) % 4 as integer) as product_views,
            cast(hash(n, 17) % 2 as integer) as cart_additions,
            cast(hash(n, 18) % 2 as integer) as checkouts,
            cast(0 as integer) as leads
        from (
            select
                n,
                cast(floor({customers} * pow(unit(n, 2), 2.0)) as bigint) as customer
            from numbers
        )
    """,
    "surveys": """
        select
            'r' || n as response_id,
            'c' || cast(floor({customers} * pow(unit(n, 2), 2.0)) as bigint) as customer_id,
            {moment} as responded_at,
            'nps' as survey_type,
            cast(hash(n, 21) % 11 as integer) as score
        from numbers
    """,
    "refunds": """
        select
            'f' || n as refund_id,
            'o' || cast(hash(n, 31) % {orders} as bigint) as order_id,
            {refund_moment} as refunded_at,
            cast(1 + hash(n, 33) % 20 as decimal(18, 2)) as amount
        from numbers
    """,
    "customers": """
        select
            'c' || n as customer_id,
            {sign_up_moment} as signed_up_at,
            pick(n, 42, ['organic', 'paid_search', 'paid_social', 'affiliate', 'referral'])
                as acquisition_channel,
            pick(n, 43, ['IR', 'DE', 'US', 'FR']) as country,
            'c' || n || '@example.com' as email,
            hash(n, 44) % 2 = 0 as email_consent
        from numbers
    """,
}
# Three years that end with 2026-06-30; the day more is the day after.
PAST = {
    "moment": (
        "timestamp '2023-07-01' + to_seconds(cast(94608000 * pow(unit(n, 3), 0.7) as bigint))"
    ),
    "refund_moment": (
        "timestamp '2026-06-30 12:00:00' - to_minutes(cast(hash(n, 32) % 1000000 as bigint))"
    ),
    "sign_up_moment": (
        "timestamp '2023-07-01' + to_minutes(cast(hash(n, 41) % 1500000 as bigint))"
    ),
}
TODAY = "timestamp '2026-07-01' + to_seconds(cast(hash(n, 61) % 86400 as bigint))"
DAY = {
    "moment": f"case when hash(n, 62) % 100 = 0 then {PAST['moment']} else {TODAY} end",
    "refund_moment": TODAY,
    "sign_up_moment": TODAY,
}
# Rows to write for each row of the table of numbers: all threads read a table, one reads a range.
BLOCK = 16


def write_shop(folder: Path, orders: int) -> None:
    """Write the raw folder of a shop with this many orders."""
    _write(folder, orders, PAST, "past", lambda rows: (0, rows))


def write_day(folder: Path, orders: int) -> None:
    """Add the files of one day more to the raw folder of a shop with this many orders."""
    _write(folder, orders, DAY, "day", lambda rows: (rows, rows + max(1, rows // 1000)))


def _write(
    folder: Path,
    orders: int,
    moments: Mapping[str, str],
    name: str,
    numbers: Callable[[int], tuple[int, int]],
) -> None:
    """Write one file a table; `numbers`: the first and the last but one row of a table."""
    connection = duckdb.connect()
    # The hash of two numbers would do, but such hashes are alike in their highest bits.
    connection.execute(
        "create macro unit(n, salt) as (hash(n * 100 + salt) >> 11) / 9007199254740992.0"
    )
    connection.execute(
        "create macro normal(n) as sqrt(-2 * ln(1 - unit(n, 51))) * cos(6.283185307 * unit(n, 52))"
    )
    connection.execute(
        "create macro pick(n, salt, choices) as"
        " list_extract(choices, cast(1 + hash(n, salt) % len(choices) as bigint))"
    )
    connection.execute("set preserve_insertion_order = false")
    customers = max(1, orders // 10)
    rows = {
        "orders": orders,
        "sessions": orders,
        "surveys": orders // 10,
        "refunds": orders // 100,
        "customers": customers,
    }
    for table, query in TABLES.items():
        target = folder / table
        target.mkdir(parents=True, exist_ok=True)
        sql = query.format(customers=customers, orders=orders, **moments)
        first, end = numbers(rows[table])
        connection.execute(
            f"create or replace temp table starts as select range as start"
            f" from range({first}, {end}, {BLOCK})"
        )
        connection.execute(
            "copy (with numbers as ("
            f"select start + step as n from starts cross join range({BLOCK}) as steps (step)"
            f" where start + step < {end}"
            f") {sql}) to '{target}/{name}.parquet' (format parquet, row_group_size 250000)"
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("orders", type=int)
    arguments = parser.parse_args()
    write_shop(arguments.folder, arguments.orders)


if __name__ == "__main__":
    main()
