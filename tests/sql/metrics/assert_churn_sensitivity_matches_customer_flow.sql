-- Prevents: a second definition of churn, or customers who fall between the rhythms.
with churn_sensitivity as (

    select *
    from {{ ref('metrics__churn_sensitivity') }}

),

customer_flow as (

    select *
    from {{ ref('metrics__customer_flow') }}

),

flow_differences as (

    select
        customer_flow.calendar,
        customer_flow.period_grain,
        customer_flow.period_start
    from customer_flow
    left join churn_sensitivity
        on
            customer_flow.calendar = churn_sensitivity.calendar
            and customer_flow.period_grain = churn_sensitivity.period_grain
            and customer_flow.period_start = churn_sensitivity.period_start
            and churn_sensitivity.churn_window_days = {{ var('churn_after_days') }}
            and churn_sensitivity.purchase_rhythm = 'all'
    where
        {{ var('churn_after_days') }} in ({{ churn_windows() | join(', ') }})
        and (
            customer_flow.customers_start is distinct from churn_sensitivity.customers_start
            or customer_flow.lost_customers is distinct from churn_sensitivity.lost_customers
            or customer_flow.churn_rate is distinct from churn_sensitivity.churn_rate
        )

),

unequal_parts as (

    select
        calendar,
        period_grain,
        period_start
    from churn_sensitivity
    group by calendar, period_grain, period_start, churn_window_days
    having
        coalesce(sum(customers_start) filter (where purchase_rhythm <> 'all'), 0)
        <> sum(customers_start) filter (where purchase_rhythm = 'all')
        or coalesce(sum(lost_customers) filter (where purchase_rhythm <> 'all'), 0)
        <> sum(lost_customers) filter (where purchase_rhythm = 'all')

),

impossible as (

    select
        calendar,
        period_grain,
        period_start
    from churn_sensitivity
    where lost_customers not between 0 and customers_start

),

final as (

    select * from flow_differences
    union all
    select * from unequal_parts
    union all
    select * from impossible

)

select * from final
