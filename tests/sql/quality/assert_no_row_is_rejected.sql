-- Warns of rejected rows, one a table and reason; too many of them fail max_rejected_share.
{{ config(severity='warn') }}

with rejected_rows as (

    select
        raw_table,
        reason
    from {{ ref('quality__rejected_rows') }}

),

final as (

    select
        raw_table,
        reason,
        count(*) as rejected_rows
    from rejected_rows
    group by 1, 2

)

select * from final
