{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
with customer_orders as (

    select
        customer_id,
        first_order_date,
        second_order_date
    from {{ ref('intermediate__customer_orders') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

counted_orders as (

    select
        order_id,
        customer_id,
        service,
        sales_channel,
        {{ is_discounted('discount_amount', 'coupon_code') }} as is_discounted,
        order_date,
        ordered_at
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

numbered as (

    select
        counted_orders.*,
        customer_orders.second_order_date,
        row_number() over (
            partition by counted_orders.customer_id
            order by counted_orders.ordered_at, counted_orders.order_id
        ) as order_number
    from counted_orders
    inner join customer_orders
        on
            counted_orders.customer_id = customer_orders.customer_id
            and counted_orders.order_date = customer_orders.first_order_date

),

final as (

    select
        customer_id,
        order_id,
        service,
        sales_channel,
        is_discounted,
        order_date,
        second_order_date
    from numbered
    where order_number = 1

)

select * from final
