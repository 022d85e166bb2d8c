{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers', 'keeps_before': true}
) }}
with order_days as (

    select
        customer_id,
        order_day_number,
        order_date,
        spell_number,
        orders,
        {% for name in ['amount', 'net_revenue', 'margin'] %}
        {{ name }}_packed,
        {{ name }}_excess,
        {% endfor %}
        days_since_previous_order
    from {{ ref('intermediate__order_days_packed') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

final as (

    select
        customer_id,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        min(order_date) filter (where order_day_number = 2) as second_order_date,
        min(order_date) filter (where order_day_number = 5) as fifth_order_date,
        max(spell_number) as last_spell_number,
        max(order_date) filter (
            where
                days_since_previous_order is null
                or days_since_previous_order >= {{ var('churn_after_days') }}
        ) as last_spell_from,
        cast(sum(orders) as bigint) as orders,
        count(*) as order_days,
        cast(sum(amount_packed) + sum(amount_excess) as decimal(38, 4)) as amount,
        cast(sum(net_revenue_packed) + sum(net_revenue_excess) as decimal(38, 4)) as net_revenue,
        cast(
            case
                when count(margin_packed) = count(*)
                    then sum(margin_packed) + sum(margin_excess)
            end as decimal(38, 4)
        ) as margin,
        cast(
            min(margin_packed) filter (where order_day_number = 1)
            + min(margin_excess) filter (where order_day_number = 1) as decimal(38, 4)
        ) as first_order_margin,
        cast(median(days_since_previous_order) as double) as median_days_between_orders
    from order_days
    group by customer_id

)

select * from final
