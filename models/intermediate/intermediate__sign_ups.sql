with profiles as (

    select
        customer_id,
        acquisition_channel,
        referred_by_customer_id,
        event_date
    from {{ ref('staging__customers') }}
    where event_date is not null

),

customer_orders as (

    select
        customer_id,
        first_order_date
    from {{ ref('intermediate__customer_orders') }}

),

joined as (

    select
        profiles.customer_id,
        profiles.acquisition_channel,
        profiles.referred_by_customer_id,
        profiles.event_date as signed_up_date,
        {{ days_between('profiles.event_date', 'customer_orders.first_order_date') }}
            as days_to_first_order
    from profiles
    left join customer_orders
        on profiles.customer_id = customer_orders.customer_id

),

final as (

    select
        customer_id,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        case
            when referred_by_customer_id <> customer_id then referred_by_customer_id
        end as referrer_id,
        days_to_first_order,
        coalesce(days_to_first_order >= 0, true) as is_member,
        coalesce(days_to_first_order between 0 and {{ var('activation_days') }}, false)
            as is_activated,
        signed_up_date,
        cast(signed_up_date + {{ var('activation_days') }} as date) as eligible_from
    from joined

)

select * from final
