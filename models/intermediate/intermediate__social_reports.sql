with social_daily as (

    select
        network,
        event_date as reported_date,
        followers,
        likes,
        comments,
        shares
    from {{ ref('staging__social_daily') }}

),

channels as (

    select
        value,
        channel
    from {{ ref('staging__channels') }}
    where source_field = 'network'

),

-- Followers hold until the network reports them again.
followers as (

    select
        network,
        reported_date,
        lead(reported_date) over (
            partition by network
            order by reported_date
        ) as superseded_date
    from social_daily
    where followers is not null

),

final as (

    select
        social_daily.network,
        coalesce(channels.channel, 'unknown') as channel,
        social_daily.reported_date,
        followers.superseded_date,
        social_daily.followers,
        coalesce(social_daily.likes, 0)
        + coalesce(social_daily.comments, 0)
        + coalesce(social_daily.shares, 0) as interactions
    from social_daily
    left join followers
        on
            social_daily.network = followers.network
            and social_daily.reported_date = followers.reported_date
    left join channels
        on lower(social_daily.network) = channels.value

)

select * from final
