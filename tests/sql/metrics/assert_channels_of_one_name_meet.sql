-- Spend on a channel and the customers that came by it, of one name in the raw files, which the
-- lookup channels sends to two rows of metrics.acquisition: neither has a cost a customer.
{{ config(severity='warn') }}

with marketing_spend as (

    select distinct channel
    from {{ ref('staging__marketing_spend') }}

),

customers as (

    select distinct acquisition_channel
    from {{ ref('staging__customers') }}

),

channels as (

    select
        source_field,
        value,
        channel
    from {{ ref('staging__channels') }}

),

final as (

    select
        marketing_spend.channel as spent_on,
        customers.acquisition_channel as came_by,
        coalesce(spend_channels.channel, marketing_spend.channel) as spend_row,
        coalesce(customer_channels.channel, customers.acquisition_channel) as customer_row
    from marketing_spend
    inner join customers
        on lower(marketing_spend.channel) = lower(customers.acquisition_channel)
    left join channels as spend_channels
        on
            lower(marketing_spend.channel) = spend_channels.value
            and spend_channels.source_field = 'channel'
    left join channels as customer_channels
        on
            lower(customers.acquisition_channel) = customer_channels.value
            and customer_channels.source_field = 'acquisition_channel'
    where
        coalesce(spend_channels.channel, marketing_spend.channel)
        <> coalesce(customer_channels.channel, customers.acquisition_channel)

)

select * from final
