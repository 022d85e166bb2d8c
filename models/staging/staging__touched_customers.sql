{{ config(materialized='incremental', incremental_strategy='touched') }}
with touched_order_rows as (

    select customer_id
    from {{ ref('staging__touched_order_rows') }}

),

touched_session_rows as (

    select customer_id
    from {{ ref('staging__touched_session_rows') }}

),

-- Every version of what changed: its owner may have been another before.
touched_customers as (

    select customer_id
    from touched_order_rows
    union
    select customer_id
    from touched_session_rows

),

final as (

    select customer_id
    from touched_customers
    where customer_id is not null

)

select * from final
