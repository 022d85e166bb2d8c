with marketing_spend as (

    select
        event_date,
        objective,
        channel,
        amount
    from {{ ref('staging__marketing_spend') }}

),

channels as (

    select
        value,
        channel
    from {{ ref('staging__channels') }}
    where source_field = 'channel'

),

final as (

    select
        marketing_spend.event_date as spend_date,
        coalesce(marketing_spend.objective, 'acquisition') as objective,
        coalesce(channels.channel, marketing_spend.channel) as channel,
        cast(sum(marketing_spend.amount) as decimal(38, 4)) as amount
    from marketing_spend
    left join channels
        on lower(marketing_spend.channel) = channels.value
    group by 1, 2, 3

)

select * from final
