with units as (

    select
        campaign,
        customer_id,
        variant,
        segment,
        sent_at,
        looked_back_from_at,
        closes_at
    from {{ ref('intermediate__experiment_units') }}
    where not is_in_two_variants

),

counted_orders as (

    select
        customer_id,
        order_date,
        ordered_at,
        amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}
    where customer_id is not null

),

sessions as (

    select
        customer_id,
        started_at
    from {{ ref('intermediate__sessions') }}
    where customer_id is not null

),

ordered as (

    select
        units.campaign,
        units.customer_id,
        count(distinct counted_orders.order_date) filter (
            where counted_orders.ordered_at > units.sent_at
        ) as order_days,
        sum(counted_orders.net_revenue) filter (
            where counted_orders.ordered_at > units.sent_at
        ) as revenue,
        sum(counted_orders.amount) filter (
            where counted_orders.ordered_at <= units.sent_at
        ) as revenue_before
    from units
    inner join counted_orders
        on
            units.customer_id = counted_orders.customer_id
            and units.looked_back_from_at < counted_orders.ordered_at
            and units.closes_at >= counted_orders.ordered_at
    group by 1, 2

),

visited as (

    select distinct
        units.campaign,
        units.customer_id
    from units
    inner join sessions
        on
            units.customer_id = sessions.customer_id
            and units.sent_at < sessions.started_at
            and units.closes_at >= sessions.started_at

),

final as (

    select
        units.campaign,
        units.customer_id,
        units.variant,
        units.segment,
        cast(coalesce(ordered.revenue, 0) as decimal(38, 4)) as revenue,
        cast(coalesce(ordered.revenue_before, 0) as decimal(38, 4)) as revenue_before,
        visited.customer_id is not null as is_visited,
        coalesce(ordered.order_days, 0) > 0 as is_converted,
        coalesce(ordered.order_days, 0) > 1 as is_repeat,
        units.closes_at
    from units
    left join ordered
        on
            units.campaign = ordered.campaign
            and units.customer_id = ordered.customer_id
    left join visited
        on
            units.campaign = visited.campaign
            and units.customer_id = visited.customer_id

)

select * from final
