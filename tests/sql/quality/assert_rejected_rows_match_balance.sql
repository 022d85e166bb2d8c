-- Prevents: a rejected row that the balance counts and nobody can read, or the reverse.
with rejected_rows as (

    select raw_table
    from {{ ref('quality__rejected_rows') }}

),

row_balance as (

    select
        raw_table,
        rejected_rows
    from {{ ref('quality__row_balance') }}

),

counted as (

    select
        raw_table,
        count(*) as rejected_rows
    from rejected_rows
    group by raw_table

),

final as (

    select
        row_balance.raw_table,
        row_balance.rejected_rows as balance_rows,
        counted.rejected_rows as listed_rows
    from row_balance
    left join counted
        on row_balance.raw_table = counted.raw_table
    where row_balance.rejected_rows <> coalesce(counted.rejected_rows, 0)

)

select * from final
