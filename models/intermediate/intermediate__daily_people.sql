with sessions as (

    select
        case
            when customer_id is null then 'visitor ' || visitor_id else 'customer ' || customer_id
        end as person_id,
        session_date,
        is_engaged
    from {{ ref('intermediate__sessions') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

person_days as (

    select
        person_id,
        session_date,
        bool_or(is_engaged) as is_engaged
    from sessions
    group by person_id, session_date

),

preceded as (

    select
        session_date,
        is_engaged,
        lag(session_date) over (
            partition by person_id
            order by session_date
        ) as previous_session_date,
        max(case when is_engaged then session_date end) over (
            partition by person_id
            order by session_date
            rows between unbounded preceding and 1 preceding
        ) as previous_engaged_date
    from person_days

),

daily as (

    select
        preceded.session_date,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where {{ first_in_period('preceded.previous_session_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_visitors,
        count(*) filter (
            where
                preceded.is_engaged
                and {{ first_in_period('preceded.previous_engaged_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_engaged_visitors{{ ',' if not loop.last }}
        {% endfor %}
    from preceded
    inner join calendar_days
        on preceded.session_date = calendar_days.date_day
    group by preceded.session_date

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
