with answers as (

    select *
    from {{ ref('intermediate__nps_answers') }}
    where customer_id is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by responded_at desc, response_id desc
        ) as recency_rank,
        count(*) over (partition by customer_id) as responses
    from answers

),

final as (

    select
        customer_id,
        score,
        nps_group,
        reason,
        responses,
        responded_at
    from ranked
    where recency_rank = 1

)

select * from final
