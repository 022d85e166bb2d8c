with calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

source_ranges as (

    select min(first_event_date) as first_event_date
    from {{ ref('intermediate__source_ranges') }}

),

visible_days as (

    select
        calendar_days.*,
        run_context.as_of
    from calendar_days
    cross join run_context
    inner join source_ranges
        on
            calendar_days.date_day >= source_ranges.first_event_date
            and calendar_days.date_day <= run_context.as_of

),

final as (

    {% for calendar, grain in period_kinds() %}
    select
        date_day,
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        {{ calendar }}_{{ grain }}_start as period_start,
        {{ calendar }}_{{ grain }}_end as period_end,
        {{ calendar }}_{{ grain }}_end <= as_of as is_complete
    from visible_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
