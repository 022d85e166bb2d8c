{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers', 'keeps_before': true}
) }}
with counted_orders as (

    select
        customer_id,
        order_date,
        amount,
        noted_refund_amount,
        refund_packed,
        refund_excess,
        cost_amount
    from {{ ref('intermediate__counted_orders_packed') }}
    where
        customer_id is not null
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

sums as (

    select
        customer_id,
        order_date,
        count(*) as orders,
        sum(amount) as amount,
        sum(noted_refund_amount) as noted_refund_amount,
        sum(refund_packed) + sum(refund_excess) as refund_amount,
        case when count(cost_amount) = count(*) then sum(cost_amount) end as cost_amount
    from counted_orders
    group by customer_id, order_date

),

days as (

    select
        customer_id,
        order_date,
        orders,
        cast(amount as decimal(38, 4)) as amount,
        cast(amount - noted_refund_amount as decimal(38, 4)) as revenue_before_refunds,
        cast(amount - refund_amount as decimal(38, 4)) as net_revenue,
        cast(amount - refund_amount - cost_amount as decimal(38, 4)) as margin
    from sums

),

numbered as (

    select
        *,
        row_number() over customer_days as order_day_number,
        first_value(order_date) over customer_days as first_order_date,
        lag(order_date, 1) over customer_days as previous_order_date,
        lag(order_date, 2) over customer_days as second_previous_order_date,
        lead(order_date, 1) over customer_days as next_order_date
    from days
    window customer_days as (partition by customer_id order by order_date)

),

gaps as (

    select
        *,
        {{ days_between('previous_order_date', 'order_date') }} as days_since_previous_order
    from numbered

),

final as (

    select
        customer_id,
        order_date,
        orders,
        {% for name in ['amount', 'revenue_before_refunds', 'net_revenue', 'margin'] %}
        {{ pack_money(name, name) }},
        {% endfor %}
        order_day_number,
        first_order_date,
        previous_order_date,
        second_previous_order_date,
        next_order_date,
        days_since_previous_order,
        cast(
            1 + sum(
                case
                    when days_since_previous_order >= {{ var('churn_after_days') }} then 1 else 0
                end
            ) over (
                partition by customer_id
                order by order_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as spell_number
    from gaps

)

select * from final
