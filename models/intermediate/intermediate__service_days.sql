with counted_orders as (

    select
        customer_id,
        service,
        order_date,
        ordered_at
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        and service is not null

),

final as (

    select
        customer_id,
        service,
        order_date,
        min(ordered_at) as first_ordered_at
    from counted_orders
    group by customer_id, service, order_date

)

select * from final
