{{ config(materialized='incremental', incremental_strategy='touched') }}
-- depends_on: {{ ref('staging__touched_orders') }}
{% set sums = ['orders', 'amount', 'net_revenue'] %}
{% for calendar, grain in period_kinds() %}
    {% for kind in ['channel_', 'channel_returning_'] %}
        {% do sums.append(calendar ~ '_' ~ grain ~ '_' ~ kind ~ 'buyers') %}
    {% endfor %}
{% endfor %}
with channel_days as (

    select
        customer_id,
        order_date,
        channel,
        orders,
        {{ unpack_money('amount') }} as amount,
        {{ unpack_money('net_revenue') }} as net_revenue,
        first_order_date,
        previous_channel_order_date
    from {{ ref('intermediate__channel_days') }}
    {{ only_touched('intermediate__touched_people', 'customer_id') }}

),

guest_orders as (

    select
        order_id,
        session_id,
        order_date,
        amount,
        {{ unpack_money('refund') }} as refund_amount
    from {{ ref('intermediate__counted_orders_packed') }}
    where customer_id is null

),

sessions as (

    select
        session_id,
        channel
    from {{ ref('intermediate__sessions') }}
    {{ only_touched('staging__touched_visitors', 'visitor_id') }}

),

{% if goes_on() %}
touched_orders as (

    select order_id
    from {{ ref('staging__touched_orders') }}

),

channel_days_before as (

    select
        customer_id,
        order_date,
        channel,
        orders,
        {{ unpack_money('amount') }} as amount,
        {{ unpack_money('net_revenue') }} as net_revenue,
        first_order_date,
        previous_channel_order_date
    from {{ before('intermediate__channel_days') }}

),

guest_orders_before as (

    select
        order_id,
        session_id,
        order_date,
        amount,
        {{ unpack_money('refund') }} as refund_amount
    from {{ before('intermediate__counted_orders_packed') }}
    where customer_id is null

),

sessions_before as (

    select
        session_id,
        channel
    from {{ before('intermediate__sessions') }}

),

former as (

    select *
    from {{ this }}

),

{% endif %}
calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

{% if goes_on() %}
-- Guests' orders that were not touched themselves, while the sessions that they name may have been.
met_guest_orders as (

    select *
    from guest_orders
    where
        session_id in (
            select session_id
            from sessions
            union
            select session_id
            from sessions_before
        )
        and not exists (
            select 1
            from touched_orders
            where guest_orders.order_id = touched_orders.order_id
        )

),

judged_guest_orders as (

    select *
    from guest_orders
    where
        order_id in (
            select order_id
            from touched_orders
        )
    union all
    select *
    from met_guest_orders

),

judged_guest_orders_before as (

    select *
    from guest_orders_before
    union all
    select *
    from met_guest_orders

),

{% else %}
judged_guest_orders as (

    select *
    from guest_orders

),

{% endif %}
{% for state in ['', '_before'] if state == '' or goes_on() %}
days{{ state }} as (

    select *
    from channel_days{{ state }}
    union all
    select
        null as customer_id,
        judged_guest_orders{{ state }}.order_date,
        coalesce(sessions{{ state }}.channel, 'unknown') as channel,
        count(*) as orders,
        cast(sum(judged_guest_orders{{ state }}.amount) as decimal(38, 4)) as amount,
        cast(
            sum(
                judged_guest_orders{{ state }}.amount
                - judged_guest_orders{{ state }}.refund_amount
            ) as decimal(38, 4)
        ) as net_revenue,
        null as first_order_date,
        null as previous_channel_order_date
    from judged_guest_orders{{ state }}
    left join sessions{{ state }}
        on judged_guest_orders{{ state }}.session_id = sessions{{ state }}.session_id
    group by 2, 3

),

by_day{{ state }} as (

    select
        days{{ state }}.order_date,
        days{{ state }}.channel,
        sum(days{{ state }}.orders) as orders,
        sum(days{{ state }}.amount) as amount,
        sum(days{{ state }}.net_revenue) as net_revenue,
        {% for calendar, grain in period_kinds() %}
        {% set previous = 'days' ~ state ~ '.previous_channel_order_date' %}
        {% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
        count(days{{ state }}.customer_id) filter (
            where {{ first_in_period(previous, calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_channel_buyers,
        count(days{{ state }}.customer_id) filter (
            where
                {{ first_in_period(previous, calendar, grain) }}
                and days{{ state }}.first_order_date < {{ start }}
        ) as {{ calendar }}_{{ grain }}_channel_returning_buyers{{ ',' if not loop.last }}
        {% endfor %}
    from days{{ state }}
    inner join calendar_days
        on days{{ state }}.order_date = calendar_days.date_day
    group by days{{ state }}.order_date, days{{ state }}.channel

),

{% endfor %}
-- A build that goes on takes off what was counted for the touched orders and customers before.
summands as (

    select
        order_date,
        channel,
        {{ sums | join(', ') }}
    from by_day
    {% if goes_on() %}
    union all
    select
        order_date,
        channel,
        {{ sums | join(', ') }}
    from former
    union all
    select
        order_date,
        channel,
        {% for sum in sums %}
        -{{ sum }} as {{ sum }}{{ ',' if not loop.last }}
        {% endfor %}
    from by_day_before
    {% endif %}

),

final as (

    select
        order_date,
        channel,
        {% for sum in sums %}
        {% set type = 'decimal(38, 4)' if sum in ['amount', 'net_revenue'] else 'bigint' %}
        cast(sum({{ sum }}) as {{ type }}) as {{ sum }}{{ ',' if not loop.last }}
        {% endfor %}
    from summands
    group by order_date, channel
    having sum(orders) > 0

)

select * from final
