-- Prevents: a session or order of two channels, or of none; a shop that differs from its marts.
{% set sums = [
    'followers', 'sessions', 'lead_sessions', 'engaged_sessions', 'timed_sessions',
    'session_seconds', 'social_interactions', 'order_sessions', 'orders', 'charged_revenue',
    'sales', 'responses', 'promoters', 'detractors'
] %}
with race_funnel as (

    select *
    from {{ ref('metrics__race_funnel') }}

),

revenue as (

    select *
    from {{ ref('metrics__revenue') }}

),

visitors as (

    select *
    from {{ ref('metrics__visitors') }}

),

repeat_purchase as (

    select *
    from {{ ref('metrics__repeat_purchase') }}

),

nps as (

    select *
    from {{ ref('metrics__nps') }}
    where segment_type = 'all'

),

channels as (

    select
        calendar,
        period_grain,
        period_start,
        {% for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from race_funnel
    where channel <> 'all'
    group by 1, 2, 3

),

everyone as (

    select *
    from race_funnel
    where channel = 'all'

),

final as (

    select
        everyone.calendar,
        everyone.period_grain,
        everyone.period_start
    from everyone
    left join channels
        on
            everyone.calendar = channels.calendar
            and everyone.period_grain = channels.period_grain
            and everyone.period_start = channels.period_start
    {% for mart in ['revenue', 'visitors', 'repeat_purchase', 'nps'] %}
    left join {{ mart }}
        on
            everyone.calendar = {{ mart }}.calendar
            and everyone.period_grain = {{ mart }}.period_grain
            and everyone.period_start = {{ mart }}.period_start
    {% endfor %}
    where
        {% for column in sums %}
        everyone.{{ column }} <> coalesce(channels.{{ column }}, 0)
        or
        {% endfor %}
        everyone.orders <> coalesce(revenue.orders, 0)
        or everyone.sales <> coalesce(revenue.net_revenue, 0)
        or everyone.buyers <> coalesce(revenue.buyers, 0)
        or everyone.returning_buyers <> coalesce(repeat_purchase.returning_buyers, 0)
        or everyone.visitors <> coalesce(visitors.visitors, 0)
        or everyone.order_sessions <> coalesce(visitors.order_sessions, 0)
        or everyone.nps is distinct from nps.nps

)

select * from final
