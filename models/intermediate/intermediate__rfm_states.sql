{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
{% set window_days = var('rfm_window_days') %}
with order_days as (

    select
        customer_id,
        order_date,
        revenue_before_refunds
    from {{ ref('intermediate__order_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

order_refunds as (

    select *
    from {{ ref('intermediate__order_refunds') }}
    where
        customer_id is not null
        {{ only_touched('staging__touched_customers', 'customer_id', 'and') }}

),

counted_orders as (

    select
        order_id,
        order_date,
        noted_refund_amount
    from {{ ref('intermediate__counted_orders') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

-- The first refund row of an order takes the place of the refund noted on the order.
refunds as (

    select
        order_refunds.customer_id,
        counted_orders.order_date,
        order_refunds.effective_date,
        order_refunds.amount - case
            when
                row_number() over (
                    partition by order_refunds.order_id
                    order by order_refunds.effective_date, order_refunds.refund_id
                ) = 1
                then counted_orders.noted_refund_amount
            else 0
        end as amount
    from order_refunds
    inner join counted_orders
        on order_refunds.order_id = counted_orders.order_id

),

-- What changes a customer's recency, frequency or monetary value, and when.
changes as (

    select
        customer_id,
        order_date as changed_on,
        order_date,
        1 as order_days,
        revenue_before_refunds as revenue
    from order_days
    union all
    select
        customer_id,
        effective_date as changed_on,
        cast(null as date) as order_date,
        0 as order_days,
        -amount as revenue
    from refunds
    {% if window_days is not none %}
    where effective_date < cast(order_date + {{ window_days }} as date)
    union all
    select
        customer_id,
        cast(order_date + {{ window_days }} as date) as changed_on,
        cast(null as date) as order_date,
        -1 as order_days,
        -revenue_before_refunds as revenue
    from order_days
    union all
    select
        customer_id,
        cast(order_date + {{ window_days }} as date) as changed_on,
        cast(null as date) as order_date,
        0 as order_days,
        amount as revenue
    from refunds
    where effective_date < cast(order_date + {{ window_days }} as date)
    {% endif %}

),

daily_changes as (

    select
        customer_id,
        changed_on,
        max(order_date) as order_date,
        sum(order_days) as order_days,
        sum(revenue) as revenue
    from changes
    group by customer_id, changed_on

),

states as (

    select
        customer_id,
        changed_on as valid_from,
        lead(changed_on) over (
            partition by customer_id
            order by changed_on
        ) as valid_until,
        max(order_date) over history as last_order_date,
        cast(sum(order_days) over history as bigint) as frequency,
        sum(revenue) over history as monetary
    from daily_changes
    window
        history as (
            partition by customer_id
            order by changed_on
            rows between unbounded preceding and current row
        )

),

final as (

    select
        customer_id,
        valid_from,
        valid_until,
        last_order_date,
        frequency,
        {{ pack_money('monetary', 'monetary') }}
    from states

)

select * from final
