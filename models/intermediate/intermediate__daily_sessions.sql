with sessions as (

    select
        channel,
        session_date,
        seconds,
        cart_additions,
        checkouts,
        has_lead,
        is_engaged,
        has_order,
        session_number,
        previous_session_date,
        previous_channel_session_date
    from {{ ref('intermediate__sessions') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- A visitor is counted once a period: in his first session of it.
final as (

    select
        sessions.session_date,
        sessions.channel,
        count(*) as sessions,
        count(*) filter (where sessions.has_lead) as lead_sessions,
        count(*) filter (where sessions.is_engaged) as engaged_sessions,
        count(*) filter (where sessions.has_order) as order_sessions,
        count(*) filter (where sessions.cart_additions > 0) as cart_sessions,
        count(*) filter (where sessions.checkouts > 0) as checkout_sessions,
        count(sessions.seconds) as timed_sessions,
        cast(coalesce(sum(sessions.seconds), 0) as bigint) as seconds,
        count(*) filter (where sessions.session_number = 1) as new_visitors,
        count(*) filter (
            where
                sessions.previous_session_date is null
                or sessions.previous_session_date < sessions.session_date
        ) as day_visitors,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where {{ first_in_period('sessions.previous_session_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_visitors,
        count(*) filter (
            where {{ first_in_period('sessions.previous_channel_session_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_channel_visitors{{ ',' if not loop.last }}
        {% endfor %}
    from sessions
    inner join calendar_days
        on sessions.session_date = calendar_days.date_day
    group by sessions.session_date, sessions.channel

)

select * from final
