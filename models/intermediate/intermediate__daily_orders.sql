{{ config(materialized='incremental', incremental_strategy='touched') }}
with counted_orders as (

    select
        customer_id,
        order_date,
        amount,
        discount_amount,
        refund_packed,
        refund_excess,
        1 as weight
    from {{ ref('intermediate__counted_orders_packed') }}
    {{ only_touched('staging__touched_orders', 'order_id') }}
    {% if goes_on() %}
    union all
    select
        customer_id,
        order_date,
        amount,
        discount_amount,
        refund_packed,
        refund_excess,
        -1 as weight
    from {{ before('intermediate__counted_orders_packed') }}
    {% endif %}

),

daily as (

    select
        order_date,
        weight,
        count(*) as orders,
        count(customer_id) as customer_orders,
        sum(amount) as amount,
        sum(discount_amount) as discount_amount,
        sum(refund_packed) as refund_packed,
        sum(refund_excess) as refund_excess
    from counted_orders
    group by order_date, weight

),

changes as (

    select
        order_date,
        weight * orders as orders,
        weight * customer_orders as customer_orders,
        cast(weight * amount as decimal(38, 4)) as amount,
        cast(weight * discount_amount as decimal(38, 4)) as discount_amount,
        cast(weight * (amount - refund_packed - refund_excess) as decimal(38, 4)) as net_revenue
    from daily
    {% if goes_on() %}
    union all
    select
        order_date,
        orders,
        customer_orders,
        amount,
        discount_amount,
        net_revenue
    from {{ this }}
    {% endif %}

),

final as (

    select
        order_date,
        cast(sum(orders) as bigint) as orders,
        cast(sum(customer_orders) as bigint) as customer_orders,
        cast(sum(amount) as decimal(38, 4)) as amount,
        cast(sum(discount_amount) as decimal(38, 4)) as discount_amount,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue
    from changes
    group by order_date
    having sum(orders) > 0

)

select * from final
