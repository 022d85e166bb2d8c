-- Prevents: buyers lost or counted twice on the way from period to period.
with customers as (

    select
        order_days,
        orders
    from {{ ref('customers__customers') }}

),

repeat_purchase as (

    select
        calendar,
        period_grain,
        period_start,
        buyers,
        returning_buyers,
        cumulative_buyers,
        cumulative_repeat_buyers
    from {{ ref('metrics__repeat_purchase') }}

),

expected as (

    select
        count(*) filter (where order_days >= 1) as buyers,
        count(*) filter (where order_days >= 2) as repeat_buyers
    from customers

),

newest as (

    select
        calendar,
        period_grain,
        max_by(cumulative_buyers, period_start) as buyers,
        max_by(cumulative_repeat_buyers, period_start) as repeat_buyers,
        sum(buyers - returning_buyers) as first_time_buyers
    from repeat_purchase
    group by 1, 2

),

final as (

    select newest.*
    from newest
    cross join expected
    where
        newest.buyers <> expected.buyers
        or newest.repeat_buyers <> expected.repeat_buyers
        or newest.first_time_buyers <> expected.buyers

)

select * from final
