-- Prevents: a horizon that drops customers.
with early_repeat as (

    select
        calendar,
        cohort_month,
        cohort_customers
    from {{ ref('metrics__early_repeat') }}

),

retention_cohorts as (

    select
        calendar,
        cohort_month,
        cohort_customers
    from {{ ref('metrics__retention_cohorts') }}
    where month_number = 0

),

final as (

    select
        early_repeat.*,
        retention_cohorts.cohort_customers as retention_customers
    from early_repeat
    full join retention_cohorts
        on
            early_repeat.calendar = retention_cohorts.calendar
            and early_repeat.cohort_month = retention_cohorts.cohort_month
    where early_repeat.cohort_customers is distinct from retention_cohorts.cohort_customers

)

select * from final
