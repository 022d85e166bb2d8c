with suppressions as (

    select
        customer_id,
        email,
        phone,
        medium
    from {{ ref('staging__suppressions') }}

),

profiles as (

    select
        customer_id,
        email_hash,
        phone_hash
    from {{ ref('staging__customers') }}

),

-- Who unsubscribed or complained is not written to again on that medium.
refusals as (

    select
        customer_id,
        medium
    from {{ ref('staging__campaign_sends') }}
    where unsubscribed_at is not null or complained_at is not null

),

media as (

    select medium_values.medium
    from (
        values
        {% for medium in audience_destinations() %}
        ('{{ medium }}'){{ ',' if not loop.last }}
        {% endfor %}
    ) as medium_values (medium)

),

closed as (

    select
        customer_id,
        medium
    from refusals
    union all
    select
        customer_id,
        medium
    from suppressions
    where customer_id is not null
    {% for address in ['email', 'phone'] %}
    union all
    select
        profiles.customer_id,
        suppressions.medium
    from suppressions
    inner join profiles
        on suppressions.{{ address }} = profiles.{{ address }}_hash
    {% endfor %}

),

-- A medium that is none of the four, or null, closes them all.
named as (

    select
        closed.customer_id,
        media.medium
    from closed
    left join media
        on lower(closed.medium) = media.medium

),

final as (

    select distinct
        named.customer_id,
        media.medium
    from named
    inner join media
        on media.medium = coalesce(named.medium, media.medium)

)

select * from final
