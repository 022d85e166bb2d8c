-- Prevents: a cohort whose size changes with its age, has a gap, or is not there in month 0.
with retention_cohorts as (

    select
        calendar,
        cohort_month,
        month_number,
        cohort_customers,
        active_customers
    from {{ ref('metrics__retention_cohorts') }}

),

final as (

    select
        calendar,
        cohort_month,
        min(month_number) as first_month,
        max(month_number) as last_month,
        count(*) as months,
        min(cohort_customers) as smallest,
        max(cohort_customers) as largest,
        max(active_customers) filter (where month_number = 0) as active_at_first
    from retention_cohorts
    group by 1, 2
    having
        min(month_number) <> 0
        or count(*) <> max(month_number) + 1
        or min(cohort_customers) <> max(cohort_customers)
        or max(active_customers) filter (where month_number = 0) <> max(cohort_customers)

)

select * from final
