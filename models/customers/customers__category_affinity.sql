with order_categories as (

    select
        customer_id,
        category,
        category_number,
        net_revenue
    from {{ ref('intermediate__order_categories') }}
    where customer_id is not null

),

counted as (

    select
        customer_id,
        category,
        count(*) as orders,
        count(*) filter (where category_number = 1) as orders_first_counted,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue
    from order_categories
    group by customer_id, category

),

ranked as (

    select
        *,
        sum(orders_first_counted) over (partition by customer_id) as customer_orders,
        row_number() over (
            partition by customer_id
            order by orders desc, net_revenue desc, category asc
        ) as affinity_rank
    from counted

),

final as (

    select
        customer_id,
        category,
        affinity_rank as rank,
        orders,
        net_revenue,
        {{ rate('orders', 'customer_orders') }} as share_of_orders
    from ranked

)

select * from final
