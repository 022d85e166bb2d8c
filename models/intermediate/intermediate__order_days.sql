{{ config(materialized='view') }}
with packed as (

    select *
    from {{ ref('intermediate__order_days_packed') }}

),

final as (

    select
        customer_id,
        order_date,
        orders,
        {% for name in ['amount', 'revenue_before_refunds', 'net_revenue', 'margin'] %}
        {{ unpack_money(name) }} as {{ name }},
        {% endfor %}
        order_day_number,
        first_order_date,
        previous_order_date,
        second_previous_order_date,
        next_order_date,
        days_since_previous_order,
        spell_number
    from packed

)

select * from final
