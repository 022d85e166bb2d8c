with customer_orders as (

    select
        customer_id,
        order_days,
        last_order_date,
        median_days_between_orders
    from {{ ref('intermediate__customer_orders') }}

),

expected_gaps as (

    select
        order_number,
        median_days_to_next_order
    from {{ ref('intermediate__expected_gaps') }}

),

-- His own rhythm once there are two gaps to tell it by, until then that of the others.
gaps as (

    select
        customer_orders.customer_id,
        customer_orders.last_order_date,
        cast(
            case
                when customer_orders.order_days >= 3
                    then ceil(customer_orders.median_days_between_orders)
                else expected_gaps.median_days_to_next_order
            end as integer
        ) as expected_gap_days
    from customer_orders
    left join expected_gaps
        on customer_orders.order_days = expected_gaps.order_number

),

final as (

    select
        customer_id,
        cast(last_order_date + expected_gap_days as date) as expected_next_order_date
    from gaps
    where expected_gap_days is not null

)

select * from final
