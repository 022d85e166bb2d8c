-- Prevents: orders or money lost between segments, or other orders than metrics.revenue counts.
with discount_sensitivity as (

    select *
    from {{ ref('metrics__discount_sensitivity') }}

),

revenue as (

    select
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue
    from {{ ref('metrics__revenue') }}
    where
        calendar = 'gregorian'
        and period_grain = 'year'

),

segments as (

    select
        segment_type,
        sum(orders) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(discounted_orders) as discounted_orders,
        sum(eligible_full_price_orders + eligible_discounted_orders) as eligible_orders,
        sum(repeated_full_price_orders + repeated_discounted_orders) as repeated_orders
    from discount_sensitivity
    group by 1

),

everyone as (

    select *
    from segments
    where segment_type = 'all'

),

final as (

    select segments.*
    from segments
    cross join everyone
    cross join revenue
    where
        segments.orders <> revenue.orders
        or segments.gross_revenue <> revenue.gross_revenue
        or segments.discounted_orders <> everyone.discounted_orders
        or segments.eligible_orders <> everyone.eligible_orders
        or segments.repeated_orders <> everyone.repeated_orders
        or segments.repeated_orders > segments.eligible_orders

)

select * from final
