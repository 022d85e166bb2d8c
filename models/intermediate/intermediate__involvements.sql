{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
with regulars as (

    select
        customer_id,
        first_order_date
    from {{ ref('intermediate__customer_orders') }}
    where
        order_days >= 3
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

order_days as (

    select
        customer_id,
        order_date
    from {{ ref('intermediate__order_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

session_days as (

    select *
    from {{ ref('intermediate__session_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

days as (

    select
        order_days.customer_id,
        {{ days_between('regulars.first_order_date', 'order_days.order_date') }} as day_number,
        true as is_order_day,
        0 as sessions
    from order_days
    inner join regulars
        on order_days.customer_id = regulars.customer_id
    union all
    select
        session_days.customer_id,
        {{ days_between('regulars.first_order_date', 'session_days.session_date') }} as day_number,
        false as is_order_day,
        session_days.sessions
    from session_days
    inner join regulars
        on session_days.customer_id = regulars.customer_id

),

searches as (

    select
        customer_id,
        is_order_day,
        coalesce(
            sum(sessions) over (
                partition by customer_id
                order by day_number
                range between 30 preceding and 1 preceding
            ), 0
        ) as sessions_before
    from days

),

final as (

    select
        customer_id,
        cast(median(sessions_before) as double) as involvement
    from searches
    where is_order_day
    group by customer_id

)

select * from final
