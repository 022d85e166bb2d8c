-- Prevents: a flow that disagrees with the spells that it sums up, whatever the grain.
with customer_flow as (

    select
        calendar,
        period_grain,
        period_start,
        new_customers,
        reactivated_customers,
        churned_customers,
        customers_end
    from {{ ref('metrics__customer_flow') }}

),

lifecycle as (

    select
        spell_number,
        churned_on
    from {{ ref('customers__lifecycle') }}

),

spells as (

    select
        count(*) filter (where spell_number = 1) as new_customers,
        count(*) filter (where spell_number > 1) as reactivated_customers,
        count(churned_on) as churned_customers,
        count(*) - count(churned_on) as customers_end
    from lifecycle

),

flows as (

    select
        calendar,
        period_grain,
        sum(new_customers) as new_customers,
        sum(reactivated_customers) as reactivated_customers,
        sum(churned_customers) as churned_customers,
        max_by(customers_end, period_start) as customers_end
    from customer_flow
    group by 1, 2

),

final as (

    select flows.*
    from flows
    cross join spells
    where
        flows.new_customers <> spells.new_customers
        or flows.reactivated_customers <> spells.reactivated_customers
        or flows.churned_customers <> spells.churned_customers
        or flows.customers_end <> spells.customers_end

)

select * from final
