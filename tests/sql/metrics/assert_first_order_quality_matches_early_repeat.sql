-- Prevents: customers without a first order, or with two; a repeat that marts count differently.
with first_order_quality as (

    select
        segment_type,
        horizon_days,
        sum(first_order_customers) as first_order_customers,
        sum(eligible_customers) as eligible_customers,
        sum(repeated_customers) as repeated_customers
    from {{ ref('metrics__first_order_quality') }}
    group by 1, 2

),

early_repeat as (

    select
        calendar,
        horizon_days,
        sum(cohort_customers) as cohort_customers,
        sum(eligible_customers) as eligible_customers,
        sum(repeated_customers) as repeated_customers
    from {{ ref('metrics__early_repeat') }}
    group by 1, 2

),

final as (

    select first_order_quality.*
    from first_order_quality
    inner join early_repeat
        on first_order_quality.horizon_days = early_repeat.horizon_days
    where
        first_order_quality.first_order_customers <> early_repeat.cohort_customers
        or first_order_quality.eligible_customers <> early_repeat.eligible_customers
        or first_order_quality.repeated_customers <> early_repeat.repeated_customers

)

select * from final
