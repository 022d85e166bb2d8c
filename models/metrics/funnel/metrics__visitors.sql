with periods as (

    {{ mart_periods(['sessions']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

daily_sessions as (

    select *
    from {{ ref('intermediate__daily_sessions') }}

),

session_intervals as (

    select
        session_date,
        sessions_since_order,
        order_sessions
    from {{ ref('intermediate__session_intervals') }}

),

carts as (

    select
        session_date,
        decided_at
    from {{ ref('intermediate__carts') }}

),

sessions as (

    select
        session_date,
        cast(started_at + interval '1 day' as timestamp) as decided_at
    from {{ ref('intermediate__sessions') }}
    where cart_additions > 0

),

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

visited as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        sum(daily_sessions.{{ calendar }}_{{ grain }}_visitors) as visitors,
        sum(daily_sessions.new_visitors) as new_visitors,
        sum(daily_sessions.sessions) as sessions,
        sum(daily_sessions.order_sessions) as order_sessions,
        sum(daily_sessions.cart_sessions) as cart_sessions,
        sum(daily_sessions.checkout_sessions) as checkout_sessions
    from daily_sessions
    inner join calendar_days
        on daily_sessions.session_date = calendar_days.date_day
    group by 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

daily_carts as (

    select
        carts.session_date,
        count(*) as abandoned_carts,
        0 as undecided_carts
    from carts
    inner join run_context
        on carts.decided_at <= run_context.as_of_end_at
    group by carts.session_date
    union all
    select
        sessions.session_date,
        0 as abandoned_carts,
        count(*) as undecided_carts
    from sessions
    inner join run_context
        on sessions.decided_at > run_context.as_of_end_at
    group by sessions.session_date

),

decided as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        sum(daily_carts.abandoned_carts) as abandoned_carts,
        sum(daily_carts.undecided_carts) as undecided_carts
    from daily_carts
    inner join period_days
        on daily_carts.session_date = period_days.date_day
    group by 1, 2, 3

),

intervals as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        session_intervals.sessions_since_order,
        sum(session_intervals.order_sessions) as order_sessions
    from session_intervals
    inner join period_days
        on session_intervals.session_date = period_days.date_day
    group by 1, 2, 3, 4

),

cumulated as (

    select
        *,
        sum(order_sessions) over (
            partition by calendar, period_grain, period_start
            order by sessions_since_order
            rows between unbounded preceding and current row
        ) as order_sessions_so_far,
        sum(order_sessions) over (
            partition by calendar, period_grain, period_start
        ) as all_order_sessions
    from intervals

),

-- The median lies between the value at which half is reached and the one at which it is passed.
reached as (

    select
        calendar,
        period_grain,
        period_start,
        sum(sessions_since_order * order_sessions) as sessions_to_order,
        min(sessions_since_order) filter (
            where 2 * order_sessions_so_far >= all_order_sessions
        ) as lower_median,
        min(sessions_since_order) filter (
            where 2 * order_sessions_so_far > all_order_sessions
        ) as upper_median
    from cumulated
    group by 1, 2, 3

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        cast(coalesce(visited.visitors, 0) as bigint) as visitors,
        cast(coalesce(visited.new_visitors, 0) as bigint) as new_visitors,
        cast(coalesce(visited.sessions, 0) as bigint) as sessions,
        cast(coalesce(visited.order_sessions, 0) as bigint) as order_sessions,
        cast(coalesce(visited.cart_sessions, 0) as bigint) as cart_sessions,
        cast(coalesce(visited.checkout_sessions, 0) as bigint) as checkout_sessions,
        cast(
            coalesce(visited.cart_sessions, 0) - coalesce(decided.undecided_carts, 0) as bigint
        ) as decided_carts,
        cast(coalesce(decided.abandoned_carts, 0) as bigint) as abandoned_carts,
        cast(coalesce(reached.sessions_to_order, 0) as bigint) as sessions_to_order,
        reached.lower_median,
        reached.upper_median
    from periods
    left join visited
        on
            periods.calendar = visited.calendar
            and periods.period_grain = visited.period_grain
            and periods.period_start = visited.period_start
    left join decided
        on
            periods.calendar = decided.calendar
            and periods.period_grain = decided.period_grain
            and periods.period_start = decided.period_start
    left join reached
        on
            periods.calendar = reached.calendar
            and periods.period_grain = reached.period_grain
            and periods.period_start = reached.period_start

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        visitors,
        new_visitors,
        visitors - new_visitors as returning_visitors,
        sessions,
        order_sessions,
        cart_sessions,
        checkout_sessions,
        decided_carts,
        abandoned_carts,
        sessions_to_order,
        {{ rate('visitors - new_visitors', 'visitors') }} as returning_visitor_rate,
        {{ rate('sessions', 'visitors') }} as sessions_per_visitor,
        {{ rate('cart_sessions', 'sessions') }} as cart_rate,
        {{ rate('order_sessions', 'sessions') }} as order_rate,
        {{ rate('abandoned_carts', 'decided_carts') }} as cart_abandonment_rate,
        {{ rate('sessions_to_order', 'order_sessions') }} as mean_sessions_to_order,
        {{ rate('lower_median + upper_median', '2') }} as median_sessions_to_order
    from joined

)

select * from final
