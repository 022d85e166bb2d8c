{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers', 'keeps_before': true}
) }}
with counted_orders as (

    select
        customer_id,
        service,
        order_date,
        ordered_at
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        and service is not null
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

days as (

    select
        customer_id,
        service,
        order_date,
        min(ordered_at) as first_ordered_at
    from counted_orders
    group by customer_id, service, order_date

),

final as (

    select
        *,
        lag(order_date) over (
            partition by customer_id, service
            order by order_date
        ) as previous_order_date
    from days
    order by customer_id, service, order_date

)

select * from final
