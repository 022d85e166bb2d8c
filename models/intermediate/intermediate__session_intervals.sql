with sessions as (

    select
        visitor_id,
        session_date,
        session_number
    from {{ ref('intermediate__sessions') }}
    where has_order

),

counted as (

    select
        session_date,
        session_number - coalesce(
            lag(session_number) over (
                partition by visitor_id
                order by session_number
            ), 0
        ) as sessions_since_order
    from sessions

),

final as (

    select
        session_date,
        sessions_since_order,
        count(*) as order_sessions
    from counted
    group by session_date, sessions_since_order

)

select * from final
