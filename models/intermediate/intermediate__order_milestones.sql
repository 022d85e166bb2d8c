{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'intermediate__touched_people'}
) }}
{%- set milestones = [(1, 'first'), (2, 'second'), (5, 'fifth')] %}
with customer_orders as (

    select
        customer_id,
        first_order_date,
        second_order_date,
        fifth_order_date
    from {{ ref('intermediate__customer_orders') }}
    {{ only_touched('intermediate__touched_people', 'customer_id') }}

),

sessions as (

    select
        customer_id,
        session_date
    from {{ ref('intermediate__sessions') }}
    where
        is_engaged
        and customer_id is not null
        {{ only_touched('intermediate__touched_people', 'customer_id', 'and') }}

),

-- The engaged day of the customer up to (after) each milestone that is nearest to it.
nearest as (

    select
        sessions.customer_id,
        {% for number, name in milestones %}
        max(
            case
                when sessions.session_date <= customer_orders.{{ name }}_order_date
                    then sessions.session_date
            end
        ) as {{ name }}_engaged_before,
        min(
            case
                when sessions.session_date > customer_orders.{{ name }}_order_date
                    then sessions.session_date
            end
        ) as {{ name }}_engaged_after{{ ',' if not loop.last }}
        {% endfor %}
    from sessions
    inner join customer_orders
        on sessions.customer_id = customer_orders.customer_id
    group by sessions.customer_id

),

joined as (

    select
        customer_orders.*,
        {% for number, name in milestones %}
        nearest.{{ name }}_engaged_before,
        nearest.{{ name }}_engaged_after{{ ',' if not loop.last }}
        {% endfor %}
    from customer_orders
    left join nearest
        on customer_orders.customer_id = nearest.customer_id

),

final as (

    {% for number, name in milestones %}
    select
        customer_id,
        cast({{ number }} as bigint) as order_day_number,
        {{ name }}_order_date as order_date,
        first_order_date,
        {{ name }}_engaged_before as engaged_before,
        {{ name }}_engaged_after as engaged_after
    from joined
    where {{ name }}_order_date is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
