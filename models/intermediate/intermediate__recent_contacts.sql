with campaign_sends as (

    select
        customer_id,
        event_date
    from {{ ref('staging__campaign_sends') }}
    where variant <> 'holdout'

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

final as (

    select
        campaign_sends.customer_id,
        count(*) as contacts
    from campaign_sends
    inner join run_context
        on
            campaign_sends.event_date
            > cast(run_context.as_of - {{ var('max_contacts_per_days').days }} as date)
    group by campaign_sends.customer_id

)

select * from final
