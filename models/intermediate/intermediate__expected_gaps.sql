with order_days as (

    select
        order_day_number,
        order_date,
        next_order_date
    from {{ ref('intermediate__order_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

gaps as (

    select
        least(order_days.order_day_number, 10) as order_number,
        {{ observed_horizon('order_days.order_date', 'run_context.as_of') }} as observed_days,
        {{ days_between('order_days.order_date', 'order_days.next_order_date') }}
            as days_to_next_order,
        count(*) as order_days
    from order_days
    cross join run_context
    group by 1, 2, 3

),

{{ returns_by_horizon('gaps', ['order_number']) }},

-- The longest horizon in which anybody came back.
longest as (

    select
        order_number,
        max(horizon_days) as horizon_days
    from returns
    where returned_order_days > 0
    group by order_number

),

final as (

    select
        returns.order_number,
        returns.median_days_to_next_order
    from returns
    inner join longest
        on
            returns.order_number = longest.order_number
            and returns.horizon_days = longest.horizon_days

)

select * from final
