with customer_orders as (

    select *
    from {{ ref('intermediate__customer_orders') }}

),

profiles as (

    select
        customer_id,
        acquisition_channel,
        referred_by_customer_id
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
        customer_orders.customer_id,
        coalesce(profiles.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(channels.channel, profiles.acquisition_channel, 'unknown') as channel,
        cast(
            case when customer_orders.margin is null then 'net_revenue' else 'margin' end
            as varchar(20)
        ) as historic_basis,
        customer_orders.orders,
        customer_orders.order_days,
        customer_orders.amount,
        customer_orders.net_revenue,
        customer_orders.margin,
        customer_orders.first_order_margin,
        coalesce(customer_orders.margin, customer_orders.net_revenue) as historic_value,
        coalesce(profiles.referred_by_customer_id <> profiles.customer_id, false) as is_referred,
        customer_orders.first_order_date
    from customer_orders
    left join profiles
        on customer_orders.customer_id = profiles.customer_id
    left join channels
        on lower(profiles.acquisition_channel) = channels.value

)

select * from final
