with marketing_spend as (

    select
        campaign,
        objective,
        amount
    from {{ ref('staging__marketing_spend') }}
    where campaign is not null

),

final as (

    select
        campaign,
        coalesce(objective, 'acquisition') as objective,
        cast(sum(amount) as decimal(38, 4)) as amount
    from marketing_spend
    group by 1, 2

)

select * from final
