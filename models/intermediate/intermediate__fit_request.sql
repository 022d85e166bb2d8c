with run_context as (

    select
        as_of,
        run_at
    from {{ ref('staging__run_context') }}

),

run_request as (

    select raw_dir
    from {{ source('raw', 'run_request') }}

),

first_orders as (

    select min(first_order_date) as first_order_date
    from {{ ref('intermediate__customer_orders') }}

),

joined as (

    select
        run_context.as_of,
        run_context.run_at,
        run_request.raw_dir,
        first_orders.first_order_date is not null as has_orders,
        cast(
            least(
                floor(
                    ({{ days_between('first_orders.first_order_date', 'run_context.as_of') }} + 1)
                    / 2
                ),
                7 * {{ var('clv_horizon_weeks') }}
            ) as integer
        ) as holdout_days
    from run_context
    cross join run_request
    cross join first_orders

),

watched as (

    select
        as_of,
        run_at,
        raw_dir,
        case when has_orders then holdout_days end as holdout_days
    from joined

),

final as (

    select
        as_of,
        run_at,
        raw_dir,
        holdout_days,
        cast(as_of - holdout_days as date) as calibration_ends_on,
        cast({{ var('fit_min_customers') }} as bigint) as min_customers,
        '{{ fit_fingerprint() }}' as vars_fingerprint
    from watched

)

select * from final
