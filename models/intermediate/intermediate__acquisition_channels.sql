with customers as (

    select coalesce(acquisition_channel, 'unknown') as acquisition_channel
    from {{ ref('staging__customers') }}

),

channels as (

    select
        value,
        channel
    from {{ ref('staging__channels') }}
    where source_field = 'acquisition_channel'

),

occurring as (

    select distinct acquisition_channel
    from customers

),

final as (

    select
        occurring.acquisition_channel,
        coalesce(channels.channel, 'unknown') as channel
    from occurring
    left join channels
        on lower(occurring.acquisition_channel) = channels.value

)

select * from final
