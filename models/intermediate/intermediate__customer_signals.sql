with ids as (

    select customer_id
    from {{ ref('intermediate__customer_ids') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

profiles as (

    select
        customer_id,
        signed_up_at
    from {{ ref('staging__customers') }}

),

counted_orders as (

    select
        customer_id,
        {{ is_discounted('discount_amount', 'coupon_code') }} as is_discounted
    from {{ ref('intermediate__counted_orders') }}
    where customer_id is not null

),

sessions as (

    select
        customer_id,
        session_date
    from {{ ref('intermediate__sessions') }}
    where customer_id is not null

),

discounts as (

    select
        customer_id,
        count(*) as orders,
        count(*) filter (where is_discounted) as discounted_orders
    from counted_orders
    group by customer_id

),

visits as (

    select
        customer_id,
        max(session_date) as last_session_date
    from sessions
    group by customer_id

),

final as (

    select
        ids.customer_id,
        {{ rate('discounts.discounted_orders', 'discounts.orders') }} as discounted_order_share,
        {{ days_between(business_date('profiles.signed_up_at'), 'run_context.as_of') }}
            as days_since_sign_up,
        {{ days_between('visits.last_session_date', 'run_context.as_of') }} as days_since_session
    from ids
    cross join run_context
    left join profiles
        on ids.customer_id = profiles.customer_id
    left join discounts
        on ids.customer_id = discounts.customer_id
    left join visits
        on ids.customer_id = visits.customer_id

)

select * from final
