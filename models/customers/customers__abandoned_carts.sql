with carts as (

    select *
    from {{ ref('intermediate__carts') }}

),

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

-- A cart is abandoned when its 24 hours are over, not before.
final as (

    select
        carts.session_id,
        carts.visitor_id,
        carts.customer_id,
        carts.channel,
        carts.cart_additions,
        carts.checkouts,
        carts.session_date,
        carts.started_at
    from carts
    inner join run_context
        on carts.decided_at <= run_context.as_of_end_at

)

select * from final
