{{ config(materialized='incremental', incremental_strategy='touched') }}
with order_days as (

    select
        order_date,
        previous_order_date,
        second_previous_order_date,
        1 as weight
    from {{ ref('intermediate__order_days_packed') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        order_date,
        previous_order_date,
        second_previous_order_date,
        -1 as weight
    from {{ before('intermediate__order_days_packed') }}
    {% endif %}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- A customer is counted once a period: on his first (second) order day in it.
daily as (

    select
        order_days.order_date,
        order_days.weight,
        count(*) as order_days,
        count(*) filter (where order_days.previous_order_date is null) as first_buyers,
        count(*) filter (
            where
                order_days.previous_order_date is not null
                and order_days.second_previous_order_date is null
        ) as second_buyers,
        {% for calendar, grain in period_kinds() %}
        {% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
        count(*) filter (
            where
                order_days.previous_order_date is null
                or order_days.previous_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_buyers,
        count(*) filter (
            where order_days.previous_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_returning_buyers,
        count(*) filter (
            where
                order_days.previous_order_date >= {{ start }}
                and (
                    order_days.second_previous_order_date is null
                    or order_days.second_previous_order_date < {{ start }}
                )
        ) as {{ calendar }}_{{ grain }}_repeat_buyers{{ ',' if not loop.last }}
        {% endfor %}
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    group by order_days.order_date, order_days.weight

),

changes as (

    {% for calendar, grain in period_kinds() %}
    select
        order_date,
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        weight * order_days as order_days,
        weight * first_buyers as first_buyers,
        weight * second_buyers as second_buyers,
        weight * {{ calendar }}_{{ grain }}_buyers as buyers,
        weight * {{ calendar }}_{{ grain }}_returning_buyers as returning_buyers,
        weight * {{ calendar }}_{{ grain }}_repeat_buyers as repeat_buyers
    from daily
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {% if goes_on() %}
    union all
    select
        order_date,
        calendar,
        period_grain,
        order_days,
        first_buyers,
        second_buyers,
        buyers,
        returning_buyers,
        repeat_buyers
    from {{ this }}
    {% endif %}

),

final as (

    select
        order_date,
        calendar,
        period_grain,
        cast(sum(order_days) as bigint) as order_days,
        cast(sum(first_buyers) as bigint) as first_buyers,
        cast(sum(second_buyers) as bigint) as second_buyers,
        cast(sum(buyers) as bigint) as buyers,
        cast(sum(returning_buyers) as bigint) as returning_buyers,
        cast(sum(repeat_buyers) as bigint) as repeat_buyers
    from changes
    group by order_date, calendar, period_grain
    having sum(order_days) > 0

)

select * from final
