with customer_values as (

    select
        first_order_date,
        acquisition_channel
    from {{ ref('intermediate__customer_values') }}

),

value_months as (

    select *
    from {{ ref('intermediate__value_months') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_start,
        jalali_month_start
    from {{ ref('staging__calendar_days') }}

),

month_ends as (

    select *
    from {{ ref('intermediate__month_ends') }}

),

cohorts as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        cast('{{ calendar }}' as varchar(20)) as calendar,
        calendar_days.{{ calendar }}_month_start as cohort_month,
        customer_values.acquisition_channel,
        count(*) as cohort_customers
    from customer_values
    inner join calendar_days
        on customer_values.first_order_date = calendar_days.date_day
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

earned as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        value_months.calendar,
        calendar_days.{{ calendar }}_month_start as cohort_month,
        value_months.acquisition_channel,
        value_months.month_number,
        sum(value_months.historic_value) as historic_value
    from value_months
    inner join calendar_days
        on value_months.first_order_date = calendar_days.date_day
    where value_months.calendar = '{{ calendar }}'
    group by 1, 2, 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

cells as (

    select
        cohorts.calendar,
        cohorts.cohort_month,
        cohorts.acquisition_channel,
        cast(activity_months.month_index - cohort_months.month_index as integer) as month_number,
        cohorts.cohort_customers,
        activity_months.month_start as activity_month,
        activity_months.is_complete
    from cohorts
    inner join month_ends as cohort_months
        on
            cohorts.calendar = cohort_months.calendar
            and cohorts.cohort_month = cohort_months.month_start
    inner join month_ends as activity_months
        on
            cohort_months.calendar = activity_months.calendar
            and cohort_months.month_index <= activity_months.month_index

),

filled as (

    select
        cells.*,
        cast(coalesce(earned.historic_value, 0) as decimal(38, 4)) as historic_value
    from cells
    left join earned
        on
            cells.calendar = earned.calendar
            and cells.cohort_month = earned.cohort_month
            and cells.acquisition_channel = earned.acquisition_channel
            and cells.month_number = earned.month_number

),

accumulated as (

    select
        *,
        cast(
            sum(historic_value) over (
                partition by calendar, cohort_month, acquisition_channel
                order by month_number
                rows between unbounded preceding and current row
            ) as decimal(38, 4)
        ) as cumulative_historic_value
    from filled

),

final as (

    select
        *,
        cast({{ money_per('cumulative_historic_value', 'cohort_customers') }} as decimal(38, 4))
            as historic_clv
    from accumulated

)

select * from final
