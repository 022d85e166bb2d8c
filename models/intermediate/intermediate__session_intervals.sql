with sessions as (

    select
        session_date,
        sessions_since_order
    from {{ ref('intermediate__sessions') }}
    where has_order

),

final as (

    select
        session_date,
        sessions_since_order,
        count(*) as order_sessions
    from sessions
    group by session_date, sessions_since_order

)

select * from final
