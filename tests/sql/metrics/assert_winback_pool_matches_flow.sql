-- Prevents: a pool that forgets or invents customers. Everybody who ordered before a period is
-- either active when it starts or in the pool; and nobody is won back who was not in it.
with winback as (

    select *
    from {{ ref('metrics__winback') }}

),

customer_flow as (

    select *
    from {{ ref('metrics__customer_flow') }}

),

ordered_before as (

    select
        *,
        coalesce(
            sum(new_customers) over (
                partition by calendar, period_grain
                order by period_start
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as earlier_customers
    from customer_flow

),

final as (

    select winback.*
    from winback
    left join ordered_before
        on
            winback.calendar = ordered_before.calendar
            and winback.period_grain = ordered_before.period_grain
            and winback.period_start = ordered_before.period_start
    where
        winback.churned_pool
        <> coalesce(ordered_before.earlier_customers - ordered_before.customers_start, 0)
        or winback.won_back_customers > coalesce(ordered_before.reactivated_customers, 0)

)

select * from final
