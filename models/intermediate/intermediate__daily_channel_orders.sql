with channel_days as (

    select
        customer_id,
        order_date,
        channel,
        orders,
        {{ unpack_money('amount') }} as amount,
        {{ unpack_money('net_revenue') }} as net_revenue,
        first_order_date,
        previous_order_date,
        previous_channel_order_date
    from {{ ref('intermediate__channel_days') }}

),

guest_orders as (

    select
        session_id,
        order_date,
        amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}
    where customer_id is null

),

sessions as (

    select
        session_id,
        channel
    from {{ ref('intermediate__sessions') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

guest_days as (

    select
        guest_orders.order_date,
        coalesce(sessions.channel, 'unknown') as channel,
        count(*) as orders,
        cast(sum(guest_orders.amount) as decimal(38, 4)) as amount,
        cast(sum(guest_orders.net_revenue) as decimal(38, 4)) as net_revenue
    from guest_orders
    left join sessions
        on guest_orders.session_id = sessions.session_id
    group by 1, 2

),

days as (

    select *
    from channel_days
    union all
    select
        null as customer_id,
        order_date,
        channel,
        orders,
        amount,
        net_revenue,
        null as first_order_date,
        null as previous_order_date,
        null as previous_channel_order_date
    from guest_days

),

final as (

    select
        days.order_date,
        days.channel,
        cast(sum(days.orders) as bigint) as orders,
        cast(sum(days.amount) as decimal(38, 4)) as amount,
        cast(sum(days.net_revenue) as decimal(38, 4)) as net_revenue,
        {% for calendar, grain in period_kinds() %}
        {% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
        count(days.customer_id) filter (
            where {{ first_in_period('days.previous_order_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_buyers,
        count(days.customer_id) filter (
            where
                {{ first_in_period('days.previous_order_date', calendar, grain) }}
                and days.first_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_returning_buyers,
        count(days.customer_id) filter (
            where {{ first_in_period('days.previous_channel_order_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_channel_buyers,
        count(days.customer_id) filter (
            where
                {{ first_in_period('days.previous_channel_order_date', calendar, grain) }}
                and days.first_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_channel_returning_buyers{{ ',' if not loop.last }}
        {% endfor %}
    from days
    inner join calendar_days
        on days.order_date = calendar_days.date_day
    group by days.order_date, days.channel

)

select * from final
