-- Prevents: a raw row that no class holds, or that two hold.
with row_balance as (

    select *
    from {{ ref('quality__row_balance') }}

),

final as (

    select *
    from row_balance
    where
        raw_rows is distinct from (
            rejected_rows + superseded_rows + not_yet_visible_rows + staged_rows
        )
        or least(
            raw_rows, rejected_rows, superseded_rows, not_yet_visible_rows, staged_rows
        ) < 0

)

select * from final
