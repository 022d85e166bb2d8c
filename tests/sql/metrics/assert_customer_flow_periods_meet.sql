-- Prevents: customers who appear or vanish between two periods.
with customer_flow as (

    select *
    from {{ ref('metrics__customer_flow') }}

),

neighbours as (

    select
        *,
        lag(customers_end, 1, cast(0 as bigint)) over periods as previous_customers_end,
        lag(period_end) over periods as previous_period_end
    from customer_flow
    window
        periods as (
            partition by calendar, period_grain
            order by period_start
        )

),

final as (

    select *
    from neighbours
    where
        customers_start <> previous_customers_end
        or period_start <> previous_period_end + 1

)

select * from final
