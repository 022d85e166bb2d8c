{{ config(materialized='incremental', incremental_strategy='touched') }}
with sessions as (

    select
        visitor_id,
        session_date,
        session_number,
        1 as sign
    from {{ ref('intermediate__sessions') }}
    where
        has_order
        {{ only_touched('staging__touched_visitors', 'visitor_id', 'and') }}

),

{% if goes_on() %}
sessions_before as (

    select
        visitor_id,
        session_date,
        session_number,
        -1 as sign
    from {{ before('intermediate__sessions') }}
    where has_order

),

former as (

    select *
    from {{ this }}

),

{% endif %}
-- A build that goes on takes off what the touched visitors' sessions were.
order_sessions as (

    select *
    from sessions
    {% if goes_on() %}
    union all
    select *
    from sessions_before
    {% endif %}

),

counted as (

    select
        session_date,
        session_number - coalesce(
            lag(session_number) over (
                partition by visitor_id, sign
                order by session_number
            ), 0
        ) as sessions_since_order,
        sign
    from order_sessions

),

summands as (

    select
        session_date,
        sessions_since_order,
        sum(sign) as order_sessions
    from counted
    group by session_date, sessions_since_order
    {% if goes_on() %}
    union all
    select *
    from former
    {% endif %}

),

final as (

    select
        session_date,
        sessions_since_order,
        cast(sum(order_sessions) as bigint) as order_sessions
    from summands
    group by session_date, sessions_since_order
    having sum(order_sessions) > 0

)

select * from final
