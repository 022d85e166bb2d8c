-- Prevents: money or orders that belong to nobody: customers and guests together have all of it.
with customers as (

    select
        orders,
        net_revenue
    from {{ ref('customers__customers') }}

),

counted_orders as (

    select
        customer_id,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

known as (

    select
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from customers

),

ordered as (

    select
        count(customer_id) as orders,
        sum(net_revenue) filter (where customer_id is not null) as net_revenue
    from counted_orders

),

final as (

    select
        known.orders,
        known.net_revenue,
        ordered.orders as counted_orders,
        ordered.net_revenue as counted_net_revenue
    from known
    cross join ordered
    where
        coalesce(known.orders, 0) <> ordered.orders
        or coalesce(known.net_revenue, 0) <> coalesce(ordered.net_revenue, 0)

)

select * from final
