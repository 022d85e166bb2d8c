with periods as (

    {{ mart_periods(['orders', 'refunds', 'sessions', 'social_daily', 'surveys']) }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

daily_sessions as (

    select *
    from {{ ref('intermediate__daily_sessions') }}

),

daily_orders as (

    select *
    from {{ ref('intermediate__daily_channel_orders') }}

),

daily_buyers as (

    select
        order_date,
        calendar,
        period_grain,
        buyers,
        returning_buyers
    from {{ ref('intermediate__daily_buyers') }}

),

social_reports as (

    select *
    from {{ ref('intermediate__social_reports') }}

),

nps_counts as (

    select
        calendar,
        period_grain,
        period_start,
        channel,
        responses,
        promoters,
        detractors
    from {{ ref('intermediate__nps_counts') }}

),

visited as (

    {% for calendar, grain in period_kinds() %}
    {% for channel, kind in [('daily_sessions.channel', '_channel'), ("'all'", '')] %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        {{ channel }} as channel,
        sum(daily_sessions.{{ calendar }}_{{ grain }}{{ kind }}_visitors) as visitors,
        sum(daily_sessions.sessions) as sessions,
        sum(daily_sessions.lead_sessions) as lead_sessions,
        sum(daily_sessions.engaged_sessions) as engaged_sessions,
        sum(daily_sessions.order_sessions) as order_sessions,
        sum(daily_sessions.timed_sessions) as timed_sessions,
        sum(daily_sessions.seconds) as seconds
    from daily_sessions
    inner join calendar_days
        on daily_sessions.session_date = calendar_days.date_day
    group by 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- A customer of two channels is one buyer of the shop.
daily_totals as (

    select
        order_date,
        sum(orders) as orders,
        sum(amount) as amount,
        sum(net_revenue) as net_revenue
    from daily_orders
    group by order_date

),

bought as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        daily_orders.channel,
        sum(daily_orders.orders) as orders,
        sum(daily_orders.amount) as charged_revenue,
        sum(daily_orders.net_revenue) as sales,
        sum(daily_orders.{{ calendar }}_{{ grain }}_channel_buyers) as buyers,
        sum(daily_orders.{{ calendar }}_{{ grain }}_channel_returning_buyers) as returning_buyers
    from daily_orders
    inner join calendar_days
        on daily_orders.order_date = calendar_days.date_day
    group by 3, 4
    union all
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        'all' as channel,
        sum(daily_totals.orders) as orders,
        sum(daily_totals.amount) as charged_revenue,
        sum(daily_totals.net_revenue) as sales,
        sum(daily_buyers.buyers) as buyers,
        sum(daily_buyers.returning_buyers) as returning_buyers
    from daily_totals
    inner join calendar_days
        on daily_totals.order_date = calendar_days.date_day
    left join daily_buyers
        on
            daily_totals.order_date = daily_buyers.order_date
            and daily_buyers.calendar = '{{ calendar }}'
            and daily_buyers.period_grain = '{{ grain }}'
    group by 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

interacted as (

    {% for calendar, grain in period_kinds() %}
    {% for channel in ['social_reports.channel', "'all'"] %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        {{ channel }} as channel,
        sum(social_reports.interactions) as social_interactions
    from social_reports
    inner join calendar_days
        on social_reports.reported_date = calendar_days.date_day
    group by 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- The followers that each network last reported by the end of the period.
followed as (

    {% for channel in ['social_reports.channel', "'all'"] %}
    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        {{ channel }} as channel,
        sum(social_reports.followers) as followers
    from social_reports
    inner join periods
        on
            social_reports.reported_date <= periods.visible_end
            and (
                social_reports.superseded_date is null
                or social_reports.superseded_date > periods.visible_end
            )
    where social_reports.followers is not null
    group by 1, 2, 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- The answers of a channel are those of the customers that it brought.
answered as (

    {% for channel in ['channel', "'all'"] %}
    select
        calendar,
        period_grain,
        period_start,
        {{ channel }} as channel,
        sum(responses) as responses,
        sum(promoters) as promoters,
        sum(detractors) as detractors
    from nps_counts
    group by 1, 2, 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

occurring_channels as (

    {% for relation in ['visited', 'bought', 'interacted', 'answered'] %}
    select channel
    from {{ relation }}
    union
    {% endfor %}
    select 'all' as channel

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        cast(occurring_channels.channel as varchar(200)) as channel,
        cast(coalesce(visited.visitors, 0) as bigint) as visitors,
        cast(coalesce(followed.followers, 0) as bigint) as followers,
        cast(coalesce(visited.sessions, 0) as bigint) as sessions,
        cast(coalesce(visited.lead_sessions, 0) as bigint) as lead_sessions,
        cast(coalesce(visited.engaged_sessions, 0) as bigint) as engaged_sessions,
        cast(coalesce(visited.timed_sessions, 0) as bigint) as timed_sessions,
        cast(coalesce(visited.seconds, 0) as bigint) as session_seconds,
        cast(coalesce(interacted.social_interactions, 0) as bigint) as social_interactions,
        cast(coalesce(visited.order_sessions, 0) as bigint) as order_sessions,
        cast(coalesce(bought.orders, 0) as bigint) as orders,
        cast(coalesce(bought.buyers, 0) as bigint) as buyers,
        cast(coalesce(bought.returning_buyers, 0) as bigint) as returning_buyers,
        cast(coalesce(bought.charged_revenue, 0) as decimal(38, 4)) as charged_revenue,
        cast(coalesce(bought.sales, 0) as decimal(38, 4)) as sales,
        cast(coalesce(answered.responses, 0) as bigint) as responses,
        cast(coalesce(answered.promoters, 0) as bigint) as promoters,
        cast(coalesce(answered.detractors, 0) as bigint) as detractors
    from periods
    cross join occurring_channels
    {% for relation in ['visited', 'bought', 'interacted', 'followed', 'answered'] %}
    left join {{ relation }}
        on
            periods.calendar = {{ relation }}.calendar
            and periods.period_grain = {{ relation }}.period_grain
            and periods.period_start = {{ relation }}.period_start
            and occurring_channels.channel = {{ relation }}.channel
    {% endfor %}

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        channel,
        visitors,
        followers,
        cast({{ money_per('sales', 'visitors') }} as decimal(38, 4)) as value_per_visitor,
        sessions,
        lead_sessions,
        engaged_sessions,
        timed_sessions,
        session_seconds,
        {{ rate('lead_sessions', 'sessions') }} as lead_rate,
        {{ rate('session_seconds', '60 * timed_sessions') }} as minutes_per_session,
        {{ rate('engaged_sessions', 'sessions') }} as engaged_rate,
        social_interactions,
        order_sessions,
        orders,
        buyers,
        {{ rate('order_sessions', 'sessions') }} as conversion_rate,
        charged_revenue,
        sales,
        cast({{ money_per('charged_revenue', 'orders') }} as decimal(38, 4)) as average_order_value,
        returning_buyers,
        {{ rate('returning_buyers', 'buyers') }} as returning_rate,
        responses,
        promoters,
        detractors,
        {{ nps('promoters', 'detractors', 'responses') }} as nps
    from joined

)

select * from final
