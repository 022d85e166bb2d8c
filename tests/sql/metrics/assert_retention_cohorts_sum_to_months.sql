-- Prevents: cohorts that lose buyers: their sum over a month is that month's buyers.
with retention_cohorts as (

    select
        calendar,
        activity_month,
        active_customers,
        cohort_customers,
        month_number
    from {{ ref('metrics__retention_cohorts') }}

),

repeat_purchase as (

    select
        calendar,
        period_start,
        buyers,
        returning_buyers
    from {{ ref('metrics__repeat_purchase') }}
    where period_grain = 'month'

),

monthly as (

    select
        calendar,
        activity_month,
        sum(active_customers) as buyers,
        coalesce(sum(cohort_customers) filter (where month_number = 0), 0) as first_time_buyers
    from retention_cohorts
    group by 1, 2

),

final as (

    select
        repeat_purchase.calendar,
        repeat_purchase.period_start,
        repeat_purchase.buyers,
        repeat_purchase.returning_buyers,
        monthly.buyers as cohort_buyers,
        monthly.first_time_buyers
    from repeat_purchase
    left join monthly
        on
            repeat_purchase.calendar = monthly.calendar
            and repeat_purchase.period_start = monthly.activity_month
    where
        repeat_purchase.buyers <> coalesce(monthly.buyers, 0)
        or repeat_purchase.buyers - repeat_purchase.returning_buyers
        <> coalesce(monthly.first_time_buyers, 0)

)

select * from final
