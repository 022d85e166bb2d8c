-- Prevents: a visitor who is new twice or never, and a cart that the list of carts does not hold.
with visitors as (

    select *
    from {{ ref('metrics__visitors') }}

),

carts as (

    select count(*) as abandoned_carts
    from {{ ref('customers__abandoned_carts') }}

),

totals as (

    select
        calendar,
        period_grain,
        sum(new_visitors) as new_visitors,
        sum(abandoned_carts) as abandoned_carts,
        min(new_visitors + returning_visitors - visitors) as least_difference,
        max(new_visitors + returning_visitors - visitors) as greatest_difference
    from visitors
    group by 1, 2

),

final as (

    select totals.*
    from totals
    cross join carts
    where
        totals.new_visitors <> (select max(other.new_visitors) from totals as other)
        or totals.abandoned_carts <> carts.abandoned_carts
        or totals.least_difference <> 0
        or totals.greatest_difference <> 0

)

select * from final
