{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'intermediate__changed_people', 'keeps_before': true}
) }}
with counted_orders as (

    select
        customer_id,
        session_id,
        order_date,
        amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        {{ only_touched('intermediate__changed_people', 'customer_id', 'and') }}

),

sessions as (

    select
        session_id,
        channel
    from {{ ref('intermediate__sessions') }}

),

days as (

    select
        counted_orders.customer_id,
        counted_orders.order_date,
        coalesce(sessions.channel, 'unknown') as channel,
        count(*) as orders,
        cast(sum(counted_orders.amount) as decimal(38, 4)) as amount,
        cast(sum(counted_orders.net_revenue) as decimal(38, 4)) as net_revenue
    from counted_orders
    left join sessions
        on counted_orders.session_id = sessions.session_id
    group by 1, 2, 3

),

final as (

    select
        customer_id,
        order_date,
        channel,
        orders,
        {{ pack_money('amount', 'amount') }},
        {{ pack_money('net_revenue', 'net_revenue') }},
        min(order_date) over (partition by customer_id) as first_order_date,
        lag(order_date) over (
            partition by customer_id
            order by order_date, channel
        ) as previous_order_date,
        lag(order_date) over (
            partition by customer_id, channel
            order by order_date
        ) as previous_channel_order_date
    from days

)

select * from final
