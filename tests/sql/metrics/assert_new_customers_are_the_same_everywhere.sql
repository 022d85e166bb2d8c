-- Prevents: two marts that count a period's new customers or buyers in two ways.
with customer_flow as (

    select
        calendar,
        period_grain,
        period_start,
        new_customers
    from {{ ref('metrics__customer_flow') }}

),

repeat_purchase as (

    select
        calendar,
        period_grain,
        period_start,
        buyers,
        returning_buyers
    from {{ ref('metrics__repeat_purchase') }}

),

revenue as (

    select
        calendar,
        period_grain,
        period_start,
        buyers
    from {{ ref('metrics__revenue') }}

),

final as (

    select
        customer_flow.calendar,
        customer_flow.period_grain,
        customer_flow.period_start,
        customer_flow.new_customers,
        repeat_purchase.buyers,
        repeat_purchase.returning_buyers,
        revenue.buyers as revenue_buyers
    from customer_flow
    full join repeat_purchase
        on
            customer_flow.calendar = repeat_purchase.calendar
            and customer_flow.period_grain = repeat_purchase.period_grain
            and customer_flow.period_start = repeat_purchase.period_start
    left join revenue
        on
            repeat_purchase.calendar = revenue.calendar
            and repeat_purchase.period_grain = revenue.period_grain
            and repeat_purchase.period_start = revenue.period_start
    where
        customer_flow.new_customers is distinct from (
            repeat_purchase.buyers - repeat_purchase.returning_buyers
        )
        or repeat_purchase.buyers is distinct from revenue.buyers

)

select * from final
