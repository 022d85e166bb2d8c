{{ config(materialized='incremental', incremental_strategy='touched') }}
with order_days as (

    select
        customer_id,
        order_date,
        previous_order_date,
        next_order_date,
        net_revenue_packed,
        net_revenue_excess,
        1 as weight
    from {{ ref('intermediate__order_days_packed') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        customer_id,
        order_date,
        previous_order_date,
        next_order_date,
        net_revenue_packed,
        net_revenue_excess,
        -1 as weight
    from {{ before('intermediate__order_days_packed') }}
    {% endif %}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- Who bought on one day of the period only needs no sum.
{% for calendar, grain in period_kinds() %}
{% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
{% set end = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_end' %}
{{ calendar }}_{{ grain }}_revenue as (

    select
        {{ start }} as period_start,
        order_days.weight,
        cast(
            order_days.net_revenue_packed + order_days.net_revenue_excess as decimal(38, 4)
        ) as net_revenue
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    where
        {{ first_in_period('order_days.previous_order_date', calendar, grain) }}
        and (order_days.next_order_date is null or order_days.next_order_date > {{ end }})
    union all
    select
        {{ start }} as period_start,
        order_days.weight,
        cast(
            sum(order_days.net_revenue_packed) + sum(order_days.net_revenue_excess)
            as decimal(38, 4)
        ) as net_revenue
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    where
        order_days.previous_order_date >= {{ start }}
        or order_days.next_order_date <= {{ end }}
    group by {{ start }}, order_days.customer_id, order_days.weight

),

{% endfor %}
changes as (

    {% for calendar, grain in period_kinds() %}
    select
        {{ loop.index }} as period_kind,
        period_start,
        net_revenue,
        weight * count(*) as customers
    from {{ calendar }}_{{ grain }}_revenue
    group by period_start, net_revenue, weight
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {% if goes_on() %}
    union all
    select
        period_kind,
        period_start,
        net_revenue,
        customers
    from {{ this }}
    {% endif %}

),

final as (

    select
        period_kind,
        period_start,
        net_revenue,
        {{ 'cast(sum(customers) as bigint) as customers' if goes_on() else 'customers' }}
    from changes
    {% if goes_on() %}
    group by period_kind, period_start, net_revenue
    having sum(customers) <> 0
    {% endif %}

)

select * from final
