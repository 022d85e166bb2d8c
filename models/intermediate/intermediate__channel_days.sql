{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'intermediate__touched_people', 'keeps_before': true}
) }}
with counted_orders as (

    select
        customer_id,
        session_id,
        order_date,
        amount,
        refund_packed,
        refund_excess
    from {{ ref('intermediate__counted_orders_packed') }}
    where
        customer_id is not null
        {{ only_touched('intermediate__touched_people', 'customer_id', 'and') }}

),

sessions as (

    select
        session_id,
        channel
    from {{ ref('intermediate__sessions') }}

),

customer_orders as (

    select
        customer_id,
        first_order_date
    from {{ ref('intermediate__customer_orders') }}

),

days as (

    select
        counted_orders.customer_id,
        counted_orders.order_date,
        coalesce(sessions.channel, 'unknown') as channel,
        count(*) as orders,
        cast(sum(counted_orders.amount) as decimal(38, 4)) as amount,
        cast(
            sum(counted_orders.amount) - sum(counted_orders.refund_packed)
            - sum(counted_orders.refund_excess) as decimal(38, 4)
        ) as net_revenue
    from counted_orders
    left join sessions
        on counted_orders.session_id = sessions.session_id
    group by 1, 2, 3

),

final as (

    select
        days.customer_id,
        days.order_date,
        days.channel,
        days.orders,
        {{ pack_money('days.amount', 'amount') }},
        {{ pack_money('days.net_revenue', 'net_revenue') }},
        customer_orders.first_order_date,
        lag(days.order_date) over (
            partition by days.customer_id, days.channel
            order by days.order_date
        ) as previous_channel_order_date
    from days
    inner join customer_orders
        on days.customer_id = customer_orders.customer_id

)

select * from final
