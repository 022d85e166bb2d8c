with sessions as (

    select
        customer_id,
        event_date
    from {{ ref('staging__sessions') }}
    where customer_id is not null

),

final as (

    select
        customer_id,
        event_date as session_date,
        count(*) as sessions
    from sessions
    group by customer_id, event_date

)

select * from final
