-- Prevents: a customer called churned who is active, or prospect who has ordered.
with customers as (

    select
        customer_id,
        lifecycle_state,
        orders,
        last_order_date
    from {{ ref('customers__customers') }}

),

lifecycle as (

    select
        customer_id,
        spell_number,
        churned_on,
        orders,
        last_order_date
    from {{ ref('customers__lifecycle') }}

),

newest as (

    select
        customer_id,
        sum(orders) as orders,
        max(last_order_date) as last_order_date,
        max_by(case when churned_on is null then 1 else 0 end, spell_number) as is_active,
        max(spell_number) as spells
    from lifecycle
    group by customer_id

),

final as (

    select
        customers.*,
        newest.spells,
        newest.is_active
    from customers
    left join newest
        on customers.customer_id = newest.customer_id
    where
        customers.orders <> coalesce(newest.orders, 0)
        or customers.last_order_date is distinct from newest.last_order_date
        or (customers.lifecycle_state = 'prospect') <> (newest.customer_id is null)
        or (customers.lifecycle_state = 'churned') <> (coalesce(newest.is_active, 1) = 0)
        or (customers.lifecycle_state = 'reactivated' and newest.spells < 2)

)

select * from final
