{% set counts = ['visitors', 'sessions', 'active_users', 'orders', 'buyers'] %}
with days as (

    {{ mart_days(['orders', 'refunds', 'sessions']) }}

),

daily_sessions as (

    select
        session_date,
        day_visitors,
        sessions
    from {{ ref('intermediate__daily_sessions') }}

),

daily_orders as (

    select
        order_date,
        orders,
        net_revenue
    from {{ ref('intermediate__daily_channel_orders') }}

),

order_days as (

    select order_date
    from {{ ref('intermediate__order_days') }}

),

activity_days as (

    select
        activity_date,
        {{ days_between('previous_activity_date', 'activity_date') }} as days_before,
        {{ days_between('activity_date', 'next_activity_date') }} as days_after
    from {{ ref('intermediate__activity_days') }}

),

visited as (

    select
        session_date as date_day,
        sum(day_visitors) as visitors,
        sum(sessions) as sessions
    from daily_sessions
    group by session_date

),

ordered as (

    select
        order_date as date_day,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from daily_orders
    group by order_date

),

bought as (

    select
        order_date as date_day,
        count(*) as buyers
    from order_days
    group by order_date

),

active as (

    select
        activity_date as date_day,
        count(*) as active_users,
        count(*) filter (where days_before is null or days_before >= 30) as entering_users,
        count(*) filter (where days_after is null or days_after >= 30) as leaving_users
    from activity_days
    group by activity_date

),

-- A day's leaving users have no activity in the 30 days that begin with it but on it.
filled as (

    select
        days.date_day,
        days.day_number,
        coalesce(visited.visitors, 0) as visitors,
        coalesce(visited.sessions, 0) as sessions,
        coalesce(active.active_users, 0) as active_users,
        coalesce(active.entering_users, 0) - coalesce(former.leaving_users, 0) as net_entering,
        coalesce(ordered.orders, 0) as orders,
        coalesce(bought.buyers, 0) as buyers,
        coalesce(ordered.net_revenue, 0) as net_revenue
    from days
    left join visited
        on days.date_day = visited.date_day
    left join ordered
        on days.date_day = ordered.date_day
    left join bought
        on days.date_day = bought.date_day
    left join active
        on days.date_day = active.date_day
    left join active as former
        on days.date_day = cast(former.date_day + 30 as date)

),

summed as (

    select
        *,
        least(day_number, 7) as days_of_week,
        {% for column in counts %}
        sum({{ column }}) over last_7_days as {{ column }}_7_days,
        {% endfor %}
        sum(net_revenue) over last_7_days as net_revenue_7_days,
        sum(net_entering) over (
            order by date_day
            rows between unbounded preceding and current row
        ) as active_users_30_days,
        sum(orders) over (
            order by date_day
            rows between 2 preceding and current row
        ) as orders_3_days,
        case
            when day_number > 30
                then sum(orders) over (
                    order by date_day
                    rows between 30 preceding and 28 preceding
                )
        end as orders_3_days_before
    from filled
    window last_7_days as (order by date_day rows between 6 preceding and current row)

),

final as (

    select
        date_day,
        {% for column in counts %}
        cast({{ column }} as bigint) as {{ column }},
        {% endfor %}
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        {% for column in counts %}
        {{ rate(column ~ '_7_days', 'days_of_week') }} as {{ column }}_7_day_mean,
        {% endfor %}
        cast({{ money_per('net_revenue_7_days', 'days_of_week') }} as decimal(38, 4))
            as net_revenue_7_day_mean,
        cast(active_users_30_days as bigint) as active_users_30_days,
        {{ rate('active_users', 'active_users_30_days') }} as stickiness,
        {{ rate('orders_3_days - orders_3_days_before', 'orders_3_days_before') }}
            as orders_3_day_change
    from summed

)

select * from final
