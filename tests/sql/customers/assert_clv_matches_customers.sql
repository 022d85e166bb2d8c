-- Prevents: two truths of one customer's value.
with clv as (

    select *
    from {{ ref('customers__clv') }}

),

customers as (

    select *
    from {{ ref('customers__customers') }}

),

final as (

    select customers.customer_id
    from customers
    left join clv
        on customers.customer_id = clv.customer_id
    where
        (customers.orders > 0 and clv.customer_id is null)
        or (customers.orders = 0 and clv.customer_id is not null)
        or (
            customers.orders > 0
            and clv.historic_value <> coalesce(customers.margin, customers.net_revenue)
        )
        or customers.average_order_value is distinct from clv.average_order_value
        or customers.historic_value is distinct from clv.historic_value

)

select * from final
