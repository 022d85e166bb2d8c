-- Prevents: customers or value that a cohort, a channel or a calendar leaves out.
with clv_cohorts as (

    select *
    from {{ ref('metrics__clv_cohorts') }}

),

clv as (

    select historic_value
    from {{ ref('customers__clv') }}

),

customers as (

    select
        count(*) as customers,
        cast(coalesce(sum(historic_value), 0) as decimal(38, 4)) as historic_value
    from clv

),

calendars as (

    select both_calendars.calendar
    from (values ('gregorian'), ('jalali')) as both_calendars (calendar)

),

cohorts as (

    select
        calendar,
        cast(sum(cohort_customers) filter (where month_number = 0) as bigint) as customers,
        sum(earned_value) as historic_value
    from clv_cohorts
    group by calendar

),

final as (

    select
        calendars.calendar,
        customers.customers,
        cohorts.customers as cohort_customers,
        customers.historic_value,
        cohorts.historic_value as cohort_value
    from calendars
    cross join customers
    left join cohorts
        on calendars.calendar = cohorts.calendar
    where
        coalesce(cohorts.customers, 0) <> customers.customers
        or coalesce(cohorts.historic_value, 0) <> customers.historic_value

)

select * from final
