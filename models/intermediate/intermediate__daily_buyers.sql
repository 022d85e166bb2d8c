with order_days as (

    select
        order_date,
        previous_order_date,
        second_previous_order_date
    from {{ ref('intermediate__order_days') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- A customer is counted once a period: on his first (second) order day in it.
daily as (

    select
        order_days.order_date,
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
    group by order_days.order_date

),

final as (

    {% for calendar, grain in period_kinds() %}
    select
        order_date,
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        {{ calendar }}_{{ grain }}_buyers as buyers,
        {{ calendar }}_{{ grain }}_returning_buyers as returning_buyers,
        {{ calendar }}_{{ grain }}_repeat_buyers as repeat_buyers
    from daily
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
