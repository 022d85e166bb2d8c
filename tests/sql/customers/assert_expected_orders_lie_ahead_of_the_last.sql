-- Prevents: an order expected before the last one, or of a customer who never ordered.
with customers as (

    select
        customer_id,
        last_order_date,
        expected_next_order_date,
        days_since_last_order,
        days_overdue
    from {{ ref('customers__customers') }}

),

final as (

    select *
    from customers
    where
        (last_order_date is null and expected_next_order_date is not null)
        or expected_next_order_date <= last_order_date
        or (expected_next_order_date is null) <> (days_overdue is null)
        or days_overdue < 0
        or days_overdue >= days_since_last_order + 1

)

select * from final
