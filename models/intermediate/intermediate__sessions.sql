{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='visitor_id',
    meta={'touched_by': 'staging__touched_visitors', 'keeps_before': true}
) }}
with sessions as (

    select
        session_id,
        visitor_id,
        customer_id,
        utm_source,
        utm_medium,
        product_views,
        cart_additions,
        checkouts,
        leads,
        event_date as session_date,
        started_at,
        ended_at
    from {{ ref('staging__sessions') }}
    {{ only_touched('staging__touched_visitors', 'visitor_id') }}

),

-- Imported apart: rows that are read twice under one name are kept until both have read them.
utm_values as (

    select
        utm_source,
        utm_medium
    from {{ ref('staging__sessions') }}
    {{ only_touched('staging__touched_visitors', 'visitor_id') }}

),

counted_orders as (

    select
        session_id,
        customer_id
    from {{ ref('intermediate__counted_orders') }}
    where session_id is not null

),

channels as (

    select
        source_field,
        value,
        channel
    from {{ ref('staging__channels') }}

),

session_orders as (

    select
        session_id,
        min(customer_id) as customer_id
    from counted_orders
    {% if goes_on() %}
    where
        session_id in (
            select session_id
            from sessions
        )
    {% endif %}
    group by session_id

),

utm_pairs as (

    select distinct
        coalesce(utm_source, '') as utm_source,
        coalesce(utm_medium, '') as utm_medium
    from utm_values

),

-- The pair says most, then the medium, then the source.
utm_channels as (

    select
        utm_pairs.utm_source,
        utm_pairs.utm_medium,
        coalesce(of_pair.channel, of_medium.channel, of_source.channel, 'unknown') as channel
    from utm_pairs
    left join channels as of_pair
        on
            of_pair.source_field = 'utm_source / utm_medium'
            and lower(utm_pairs.utm_source || ' / ' || utm_pairs.utm_medium) = of_pair.value
    left join channels as of_medium
        on
            of_medium.source_field = 'utm_medium'
            and lower(utm_pairs.utm_medium) = of_medium.value
    left join channels as of_source
        on
            of_source.source_field = 'utm_source'
            and lower(utm_pairs.utm_source) = of_source.value

),

described as (

    select
        sessions.session_id,
        sessions.visitor_id,
        coalesce(sessions.customer_id, session_orders.customer_id) as known_customer_id,
        cast(utm_channels.channel as varchar(200)) as channel,
        sessions.session_date,
        sessions.started_at,
        case
            when sessions.ended_at >= sessions.started_at
                then {{ seconds_between('sessions.started_at', 'sessions.ended_at') }}
        end as seconds,
        coalesce(sessions.cart_additions, 0) as cart_additions,
        coalesce(sessions.checkouts, 0) as checkouts,
        coalesce(sessions.leads, 0) > 0 as has_lead,
        coalesce(sessions.product_views, 0) > 0 or coalesce(sessions.leads, 0) > 0 as is_engaged,
        session_orders.session_id is not null as has_order
    from sessions
    inner join utm_channels
        on
            coalesce(sessions.utm_source, '') = utm_channels.utm_source
            and coalesce(sessions.utm_medium, '') = utm_channels.utm_medium
    left join session_orders
        on sessions.session_id = session_orders.session_id

),

numbered as (

    select
        *,
        min(known_customer_id) over (partition by visitor_id) as least_customer_id,
        max(known_customer_id) over (partition by visitor_id) as greatest_customer_id,
        row_number() over visitor_sessions as session_number,
        lag(session_date) over visitor_sessions as previous_session_date,
        lag(session_date) over (
            partition by visitor_id, channel
            order by started_at, session_id
        ) as previous_channel_session_date
    from described
    window visitor_sessions as (
        partition by visitor_id
        order by started_at, session_id
    )

),

-- A visitor with one known customer is that customer in all of his sessions.
final as (

    select
        session_id,
        visitor_id,
        coalesce(
            known_customer_id,
            case when least_customer_id = greatest_customer_id then least_customer_id end
        ) as customer_id,
        channel,
        session_date,
        started_at,
        seconds,
        cart_additions,
        checkouts,
        has_lead,
        is_engaged,
        has_order,
        session_number,
        previous_session_date,
        previous_channel_session_date
    from numbered

)

select * from final
