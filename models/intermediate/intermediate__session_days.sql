{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
with sessions as (

    select
        customer_id,
        event_date
    from {{ ref('staging__sessions') }}
    where
        customer_id is not null
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

final as (

    select
        customer_id,
        event_date as session_date,
        count(*) as sessions
    from sessions
    group by customer_id, event_date

)

select * from final
