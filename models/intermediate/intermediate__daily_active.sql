{{ config(materialized='incremental', incremental_strategy='touched') }}
with activity_days as (

    select
        activity_date,
        previous_activity_date,
        1 as weight
    from {{ ref('intermediate__activity_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        activity_date,
        previous_activity_date,
        -1 as weight
    from {{ before('intermediate__activity_days') }}
    {% endif %}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- A customer is counted once a period: on his first day in it.
daily as (

    select
        activity_days.activity_date,
        activity_days.weight,
        count(*) as activity_days,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where {{ first_in_period('activity_days.previous_activity_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}{{ ',' if not loop.last }}
        {% endfor %}
    from activity_days
    inner join calendar_days
        on activity_days.activity_date = calendar_days.date_day
    group by activity_days.activity_date, activity_days.weight

),

changes as (

    {% for calendar, grain in period_kinds() %}
    select
        activity_date,
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        weight * activity_days as activity_days,
        weight * {{ calendar }}_{{ grain }} as active_users
    from daily
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {% if goes_on() %}
    union all
    select
        activity_date,
        calendar,
        period_grain,
        activity_days,
        active_users
    from {{ this }}
    {% endif %}

),

final as (

    select
        activity_date,
        calendar,
        period_grain,
        cast(sum(activity_days) as bigint) as activity_days,
        cast(sum(active_users) as bigint) as active_users
    from changes
    group by activity_date, calendar, period_grain
    having sum(activity_days) > 0

)

select * from final
