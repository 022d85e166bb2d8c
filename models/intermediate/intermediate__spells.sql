{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
with order_days as (

    select
        customer_id,
        spell_number,
        order_date,
        orders,
        net_revenue
    from {{ ref('intermediate__order_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

spells as (

    select
        customer_id,
        spell_number,
        min(order_date) as active_from,
        max(order_date) as last_order_date,
        cast(sum(orders) as bigint) as orders,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue
    from order_days
    group by customer_id, spell_number

),

final as (

    select
        *,
        cast(last_order_date + {{ var('churn_after_days') }} as date) as churns_on,
        lag(active_from) over customer_spells as previous_active_from,
        cast(
            lag(last_order_date) over customer_spells + {{ var('churn_after_days') }} as date
        ) as previous_churned_on
    from spells
    window customer_spells as (partition by customer_id order by spell_number)

)

select * from final
