with customers as (

    select
        customer_id,
        acquisition_channel
    from {{ ref('staging__customers') }}

),

channels as (

    select
        value,
        channel
    from {{ ref('staging__channels') }}
    where source_field = 'acquisition_channel'

),

final as (

    select
        customers.customer_id,
        customers.acquisition_channel,
        coalesce(channels.channel, 'unknown') as channel
    from customers
    left join channels
        on lower(customers.acquisition_channel) = channels.value

)

select * from final
