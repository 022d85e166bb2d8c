{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='order_id',
    meta={'touched_by': 'staging__touched_orders', 'keeps_before': true}
) }}
-- depends_on: {{ ref('quality__row_balance') }}
with orders as (

    select *
    from {{ ref('staging__orders') }}
    where
        {% if var('not_counted_statuses') %}
        coalesce(status, '') not in (
            {% for status in var('not_counted_statuses') %}
            '{{ status | lower | trim }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
        {% else %}
        true
        {% endif %}
        {{ only_touched('staging__touched_orders', 'order_id', 'and') }}

),

order_refunds as (

    select
        order_id,
        amount
    from {{ ref('intermediate__order_refunds') }}
    {{ only_touched('staging__touched_orders', 'order_id') }}

),

refunds as (

    select
        order_id,
        sum(amount) as amount
    from order_refunds
    group by order_id

),

net as (

    select
        orders.order_id,
        orders.customer_id,
        orders.session_id,
        orders.sales_channel,
        orders.service,
        orders.coupon_code,
        orders.amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(orders.refund_amount, 0) as noted_refund_amount,
        cast(coalesce(refunds.amount, orders.refund_amount, 0) as decimal(38, 4)) as refund_amount,
        orders.cost_amount,
        orders.fx_rate,
        orders.event_date as order_date,
        orders.ordered_at
    from orders
    left join refunds
        on orders.order_id = refunds.order_id

),

final as (

    select
        order_id,
        customer_id,
        session_id,
        sales_channel,
        service,
        coupon_code,
        amount,
        discount_amount,
        noted_refund_amount,
        {{ pack_money('refund_amount', 'refund') }},
        cost_amount,
        fx_rate,
        order_date,
        ordered_at
    from net
    order by customer_id

)

select * from final
