-- Prevents: a day counted in no month or in two, or counted by another rule than the months.
with days as (

    select
        date_day,
        orders,
        net_revenue,
        sessions
    from {{ ref('metrics__daily_activity') }}

),

calendar as (

    select
        date_day,
        gregorian_month_start
    from {{ ref('metrics__calendar') }}

),

revenue as (

    select
        period_start,
        orders,
        net_revenue
    from {{ ref('metrics__revenue') }}
    where
        calendar = 'gregorian'
        and period_grain = 'month'

),

visitors as (

    select
        period_start,
        sessions
    from {{ ref('metrics__visitors') }}
    where
        calendar = 'gregorian'
        and period_grain = 'month'

),

months as (

    select
        calendar.gregorian_month_start as period_start,
        sum(days.orders) as orders,
        sum(days.net_revenue) as net_revenue,
        sum(days.sessions) as sessions
    from days
    inner join calendar
        on days.date_day = calendar.date_day
    group by 1

),

final as (

    select
        revenue.period_start,
        months.orders as orders_of_days,
        revenue.orders,
        months.net_revenue as net_revenue_of_days,
        revenue.net_revenue,
        months.sessions as sessions_of_days,
        visitors.sessions
    from revenue
    full join months
        on revenue.period_start = months.period_start
    left join visitors
        on months.period_start = visitors.period_start
    where
        months.orders is distinct from revenue.orders
        or months.net_revenue is distinct from revenue.net_revenue
        or months.sessions <> coalesce(visitors.sessions, 0)

)

select * from final
