with counted_orders as (

    select
        customer_id,
        session_id,
        order_date,
        amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

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

-- A row a channel, day and customer; all guests of a day and channel together.
channel_days as (

    select
        coalesce(sessions.channel, 'unknown') as channel,
        counted_orders.order_date,
        counted_orders.customer_id,
        count(*) as orders,
        sum(counted_orders.amount) as amount,
        sum(counted_orders.net_revenue) as net_revenue
    from counted_orders
    left join sessions
        on counted_orders.session_id = sessions.session_id
    group by 1, 2, 3

),

preceded as (

    select
        *,
        min(order_date) over (partition by customer_id) as first_order_date,
        lag(order_date) over (
            partition by customer_id
            order by order_date, channel
        ) as previous_order_date,
        lag(order_date) over (
            partition by customer_id, channel
            order by order_date
        ) as previous_channel_order_date
    from channel_days

),

final as (

    select
        preceded.order_date,
        preceded.channel,
        cast(sum(preceded.orders) as bigint) as orders,
        cast(sum(preceded.amount) as decimal(38, 4)) as amount,
        cast(sum(preceded.net_revenue) as decimal(38, 4)) as net_revenue,
        {% for calendar, grain in period_kinds() %}
        {% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
        count(preceded.customer_id) filter (
            where {{ first_in_period('preceded.previous_order_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_buyers,
        count(preceded.customer_id) filter (
            where
                {{ first_in_period('preceded.previous_order_date', calendar, grain) }}
                and preceded.first_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_returning_buyers,
        count(preceded.customer_id) filter (
            where {{ first_in_period('preceded.previous_channel_order_date', calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_channel_buyers,
        count(preceded.customer_id) filter (
            where
                {{ first_in_period('preceded.previous_channel_order_date', calendar, grain) }}
                and preceded.first_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_channel_returning_buyers{{ ',' if not loop.last }}
        {% endfor %}
    from preceded
    inner join calendar_days
        on preceded.order_date = calendar_days.date_day
    group by preceded.order_date, preceded.channel

)

select * from final
