-- Prevents: an order that falls between two periods: every calendar and grain has all of it.
with revenue as (

    select
        calendar,
        period_grain,
        orders,
        gross_revenue,
        discount_amount,
        net_revenue
    from {{ ref('metrics__revenue') }}

),

counted_orders as (

    select
        amount,
        discount_amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

expected as (

    select
        count(*) as orders,
        coalesce(sum(amount) + sum(discount_amount), 0) as gross_revenue,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(net_revenue), 0) as net_revenue
    from counted_orders

),

totals as (

    select
        calendar,
        period_grain,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(net_revenue) as net_revenue
    from revenue
    group by 1, 2

),

final as (

    select totals.*
    from totals
    cross join expected
    where
        totals.orders <> expected.orders
        or totals.gross_revenue <> expected.gross_revenue
        or totals.discount_amount <> expected.discount_amount
        or totals.net_revenue <> expected.net_revenue

)

select * from final
