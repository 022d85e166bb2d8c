with customer_orders as (

    select
        customer_id,
        first_order_date
    from {{ ref('intermediate__customer_orders') }}

),

counted_orders as (

    select
        order_id,
        customer_id,
        service,
        sales_channel,
        {{ is_discounted('discount_amount', 'coupon_code') }} as is_discounted,
        order_date,
        ordered_at
    from {{ ref('intermediate__counted_orders') }}

),

order_items as (

    select
        order_id,
        category,
        quantity,
        unit_price
    from {{ ref('staging__order_items') }}
    where category is not null

),

numbered as (

    select
        counted_orders.*,
        row_number() over (
            partition by counted_orders.customer_id
            order by counted_orders.ordered_at, counted_orders.order_id
        ) as order_number
    from counted_orders
    inner join customer_orders
        on
            counted_orders.customer_id = customer_orders.customer_id
            and counted_orders.order_date = customer_orders.first_order_date

),

first_orders as (

    select *
    from numbered
    where order_number = 1

),

categories as (

    select
        order_items.order_id,
        order_items.category,
        sum(
            cast(coalesce(order_items.quantity, 1) as decimal(38, 4))
            * coalesce(order_items.unit_price, 0)
        ) as item_value
    from order_items
    inner join first_orders
        on order_items.order_id = first_orders.order_id
    group by order_items.order_id, order_items.category

),

ranked_categories as (

    select
        order_id,
        category,
        row_number() over (
            partition by order_id
            order by item_value desc, category asc
        ) as category_rank
    from categories

),

final as (

    select
        first_orders.customer_id,
        first_orders.order_id,
        first_orders.service,
        first_orders.sales_channel,
        ranked_categories.category,
        first_orders.is_discounted,
        first_orders.order_date
    from first_orders
    left join ranked_categories
        on
            first_orders.order_id = ranked_categories.order_id
            and ranked_categories.category_rank = 1

)

select * from final
