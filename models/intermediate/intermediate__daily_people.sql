with person_days as (

    select
        session_date,
        is_engaged,
        previous_session_date,
        previous_engaged_date
    from {{ ref('intermediate__person_days') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

daily as (

    select
        person_days.session_date,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where {{ first_in_period('person_days.previous_session_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_visitors,
        count(*) filter (
            where
                person_days.is_engaged
                and {{ first_in_period('person_days.previous_engaged_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_engaged_visitors{{ ',' if not loop.last }}
        {% endfor %}
    from person_days
    inner join calendar_days
        on person_days.session_date = calendar_days.date_day
    group by person_days.session_date

),

final as (

    {% for calendar, grain in period_kinds() %}
    select
        session_date,
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        {{ calendar }}_{{ grain }}_visitors as visitors,
        {{ calendar }}_{{ grain }}_engaged_visitors as engaged_visitors
    from daily
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
