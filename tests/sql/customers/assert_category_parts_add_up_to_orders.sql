-- Prevents: revenue that is lost or made when an order is shared among its categories.
with order_categories as (

    select
        order_id,
        customer_id,
        net_revenue
    from {{ ref('intermediate__order_categories') }}

),

counted_orders as (

    select
        order_id,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

category_affinity as (

    select *
    from {{ ref('customers__category_affinity') }}

),

parts as (

    select
        order_id,
        sum(net_revenue) as net_revenue
    from order_categories
    group by order_id

),

customer_parts as (

    select
        customer_id,
        count(distinct order_id) as orders,
        sum(net_revenue) as net_revenue
    from order_categories
    where customer_id is not null
    group by customer_id

),

customer_categories as (

    select
        customer_id,
        count(*) as categories,
        max(rank) as last_rank,
        max(orders) as most_orders,
        sum(net_revenue) as net_revenue
    from category_affinity
    group by customer_id

),

final as (

    select 'order ' || counted_orders.order_id as difference
    from counted_orders
    inner join parts
        on counted_orders.order_id = parts.order_id
    where counted_orders.net_revenue <> parts.net_revenue
    union all
    select 'customer ' || customer_parts.customer_id as difference
    from customer_parts
    left join customer_categories
        on customer_parts.customer_id = customer_categories.customer_id
    where
        customer_categories.customer_id is null
        or customer_parts.net_revenue <> customer_categories.net_revenue
        or customer_parts.orders < customer_categories.most_orders
        or customer_categories.categories <> customer_categories.last_rank

)

select * from final
