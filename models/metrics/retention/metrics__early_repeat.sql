with customer_orders as (

    select
        first_order_date,
        second_order_date
    from {{ ref('intermediate__customer_orders') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_start,
        jalali_month_start
    from {{ ref('staging__calendar_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

horizons as (

    select horizon_values.horizon_days
    from (values (30), (60), (90), (365)) as horizon_values (horizon_days)

),

by_first_day as (

    select
        customer_orders.first_order_date,
        horizons.horizon_days,
        count(*) as cohort_customers,
        count(*) filter (
            where
                customer_orders.second_order_date
                <= cast(customer_orders.first_order_date + horizons.horizon_days as date)
        ) as repeated_customers
    from customer_orders
    cross join horizons
    group by 1, 2

),

counted as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        '{{ calendar }}' as calendar,
        calendar_days.{{ calendar }}_month_start as cohort_month,
        by_first_day.horizon_days,
        cast(sum(by_first_day.cohort_customers) as bigint) as cohort_customers,
        cast(coalesce(sum(by_first_day.cohort_customers) filter (
            where
                cast(by_first_day.first_order_date + by_first_day.horizon_days as date)
                <= run_context.as_of
        ), 0) as bigint) as eligible_customers,
        cast(coalesce(sum(by_first_day.repeated_customers) filter (
            where
                cast(by_first_day.first_order_date + by_first_day.horizon_days as date)
                <= run_context.as_of
        ), 0) as bigint) as repeated_customers
    from by_first_day
    inner join calendar_days
        on by_first_day.first_order_date = calendar_days.date_day
    cross join run_context
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        cast(calendar as varchar(20)) as calendar,
        cohort_month,
        horizon_days,
        cohort_customers,
        eligible_customers,
        repeated_customers,
        {{ rate('repeated_customers', 'eligible_customers') }} as early_repeat_rate
    from counted

)

select * from final
