with counted_orders as (

    select
        order_id,
        customer_id,
        order_date,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

-- Imported apart: rows that are read twice under one name are kept until both have read them.
order_rates as (

    select
        order_id,
        fx_rate
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

-- The plain cases apart: most lines are one piece in the reporting currency, and arithmetic on wide
-- decimals is ten times dearer (measured on 2M lines).
converted as (

    select
        order_items.order_id,
        order_items.category,
        cast(coalesce(order_items.quantity, 1) as decimal(38, 4)) as quantity,
        coalesce(
            case
                when order_rates.fx_rate = 1 then order_items.unit_price
                else try_cast(order_items.unit_price * order_rates.fx_rate as decimal(18, 4))
            end, 0
        ) as unit_price,
        coalesce(
            case
                when order_rates.fx_rate = 1 then order_items.discount_amount
                else
                    try_cast(
                        order_items.discount_amount * order_rates.fx_rate as decimal(18, 4)
                    )
            end, 0
        ) as discount_amount
    from order_items
    inner join order_rates
        on order_items.order_id = order_rates.order_id

),

-- What a line weighs in its order; at most 10^14 - 1.
priced_lines as (

    select
        order_id,
        category,
        case
            when quantity = 1 then cast(greatest(0, unit_price - discount_amount) as decimal(18, 4))
            else
                cast(
                    greatest(0, least(quantity * unit_price - discount_amount, 99999999999999))
                    as decimal(18, 4)
                )
        end as line_value
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
shared as (

    select
        *,
        case
            when running_lines = order_lines then net_revenue
            else {{ money_share('net_revenue', 'running_weight', 'order_weight') }}
        end as running_share,
        case
            when category_number = 1 then 0
            else {{ money_share('net_revenue', '(running_weight - weight)', 'order_weight') }}
        end as earlier_share
    from weighed

),

final as (

    select
        order_id,
        category,
        customer_id,
        category_number,
        line_count,
        order_date,
        cast(running_share - earlier_share as decimal(38, 4)) as net_revenue
    from shared

)

select * from final
