{{ config(materialized='incremental', incremental_strategy='touched') }}
with touched_session_rows as (

    select visitor_id
    from {{ ref('staging__touched_session_rows') }}

),

final as (

    select distinct visitor_id
    from touched_session_rows
    where visitor_id is not null

)

select * from final
