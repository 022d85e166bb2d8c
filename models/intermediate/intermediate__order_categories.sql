with counted_orders as (

    select
        order_id,
        customer_id,
        order_date,
        fx_rate,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

order_items as (

    select
        order_id,
        coalesce(category, 'unknown') as category,
        quantity,
        unit_price,
        discount_amount
    from {{ ref('staging__order_items') }}

),

converted as (

    select
        order_items.order_id,
        order_items.category,
        cast(coalesce(order_items.quantity, 1) as decimal(38, 4)) as quantity,
        coalesce(
            try_cast(order_items.unit_price * counted_orders.fx_rate as decimal(18, 4)), 0
        ) as unit_price,
        coalesce(
            try_cast(order_items.discount_amount * counted_orders.fx_rate as decimal(18, 4)), 0
        ) as discount_amount
    from order_items
    inner join counted_orders
        on order_items.order_id = counted_orders.order_id

),

-- What a line weighs in its order; beyond 10^14 a value is no money.
priced_lines as (

    select
        order_id,
        category,
        cast(
            greatest(0, least(quantity * unit_price - discount_amount, 100000000000000))
            as decimal(38, 4)
        ) as line_value
    from converted

),

order_categories as (

    select
        order_id,
        category,
        count(*) as line_count,
        cast(sum(line_value) as decimal(38, 4)) as line_value
    from priced_lines
    group by order_id, category

),

numbered as (

    select
        counted_orders.order_id,
        order_categories.category,
        counted_orders.customer_id,
        counted_orders.order_date,
        counted_orders.net_revenue,
        order_categories.line_count,
        order_categories.line_value,
        row_number() over running as category_number,
        sum(order_categories.line_count) over running as running_lines,
        sum(order_categories.line_value) over running as running_value,
        sum(order_categories.line_count) over whole_order as order_lines,
        sum(order_categories.line_value) over whole_order as order_value
    from counted_orders
    inner join order_categories
        on counted_orders.order_id = order_categories.order_id
    window
        whole_order as (partition by counted_orders.order_id),
        running as (
            partition by counted_orders.order_id
            order by order_categories.category
            rows between unbounded preceding and current row
        )

),

-- Lines without any value weigh the same.
weighed as (

    select
        *,
        cast(
            case when order_value = 0 then line_count else line_value end as decimal(38, 4)
        ) as weight,
        cast(
            case when order_value = 0 then running_lines else running_value end as decimal(38, 4)
        ) as running_weight,
        cast(
            case when order_value = 0 then order_lines else order_value end as decimal(38, 4)
        ) as order_weight
    from numbered

),

-- Differences of the running share: the parts of an order add up to it.
final as (

    select
        order_id,
        category,
        customer_id,
        category_number,
        line_count,
        order_date,
        cast(
            {{ money_share('net_revenue', 'running_weight', 'order_weight') }}
            - {{ money_share('net_revenue', '(running_weight - weight)', 'order_weight') }}
            as decimal(38, 4)
        ) as net_revenue
    from weighed

)

select * from final
