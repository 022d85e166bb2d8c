-- Prevents: order days lost between segments, or a first return that two marts count differently.
with next_order_timing as (

    select *
    from {{ ref('metrics__next_order_timing') }}

),

early_repeat as (

    select
        calendar,
        horizon_days,
        sum(eligible_customers) as eligible_customers,
        sum(repeated_customers) as repeated_customers
    from {{ ref('metrics__early_repeat') }}
    group by 1, 2

),

early_differences as (

    select next_order_timing.horizon_days
    from next_order_timing
    inner join early_repeat
        on next_order_timing.horizon_days = early_repeat.horizon_days
    where
        next_order_timing.segment_type = 'all'
        and next_order_timing.order_number = 1
        and (
            next_order_timing.eligible_order_days <> early_repeat.eligible_customers
            or next_order_timing.returned_order_days <> early_repeat.repeated_customers
        )

),

segments as (

    select
        segment_type,
        order_number,
        horizon_days,
        sum(eligible_order_days) as eligible_order_days,
        sum(returned_order_days) as returned_order_days
    from next_order_timing
    group by 1, 2, 3

),

unequal_parts as (

    select horizon_days
    from segments
    group by horizon_days, order_number
    having
        min(eligible_order_days) <> max(eligible_order_days)
        or min(returned_order_days) <> max(returned_order_days)

),

disordered as (

    select horizon_days
    from next_order_timing
    where
        returned_order_days > eligible_order_days
        or (returned_order_days > 0) <> (median_days_to_next_order is not null)
        or median_days_to_next_order > days_until_80_percent_back
        or days_until_80_percent_back > horizon_days

),

final as (

    select * from early_differences
    union all
    select * from unequal_parts
    union all
    select * from disordered

)

select * from final
