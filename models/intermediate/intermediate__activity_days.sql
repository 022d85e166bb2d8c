{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers', 'keeps_before': true}
) }}
with order_days as (

    select
        customer_id,
        order_date as activity_date
    from {{ ref('intermediate__order_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

session_days as (

    select
        customer_id,
        session_date as activity_date
    from {{ ref('intermediate__session_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

days as (

    select
        customer_id,
        activity_date
    from order_days
    union
    select
        customer_id,
        activity_date
    from session_days

),

final as (

    select
        customer_id,
        activity_date,
        lag(activity_date) over customer_days as previous_activity_date,
        lead(activity_date) over customer_days as next_activity_date
    from days
    window customer_days as (partition by customer_id order by activity_date)

)

select * from final
