with months as (

    select
        jalali_year,
        jalali_month,
        month_start,
        month_days
    from {{ ref('jalali_months') }}

),

day_numbers as (

    select numbers.day_number
    from (
        values
        {% for number in range(31) %}
        ({{ number }}){{ ',' if not loop.last }}
        {% endfor %}
    ) as numbers (day_number)

),

days as (

    select
        cast(months.month_start + day_numbers.day_number as date) as date_day,
        months.jalali_year,
        cast(floor((months.jalali_month + 2) / 3) as integer) as jalali_quarter,
        months.jalali_month,
        day_numbers.day_number + 1 as jalali_day,
        months.month_start as jalali_month_start,
        cast(months.month_start + months.month_days - 1 as date) as jalali_month_end
    from months
    inner join day_numbers
        on months.month_days > day_numbers.day_number

),

jalali as (

    select
        *,
        min(jalali_month_start) over (
            partition by jalali_year, jalali_quarter
        ) as jalali_quarter_start,
        max(jalali_month_end) over (
            partition by jalali_year, jalali_quarter
        ) as jalali_quarter_end,
        min(jalali_month_start) over (partition by jalali_year) as jalali_year_start,
        max(jalali_month_end) over (partition by jalali_year) as jalali_year_end
    from days

),

gregorian as (

    select
        *,
        cast(extract(year from date_day) as integer) as gregorian_year,
        cast(extract(quarter from date_day) as integer) as gregorian_quarter,
        cast(extract(month from date_day) as integer) as gregorian_month,
        cast(extract(day from date_day) as integer) as gregorian_day,
        cast(date_trunc('month', date_day) as date) as gregorian_month_start,
        cast(date_trunc('quarter', date_day) as date) as gregorian_quarter_start,
        cast(date_trunc('year', date_day) as date) as gregorian_year_start
    from jalali

),

final as (

    select
        date_day,
        gregorian_year,
        gregorian_quarter,
        gregorian_month,
        gregorian_day,
        gregorian_year * 12 + gregorian_month as gregorian_month_index,
        gregorian_month_start,
        last_day(gregorian_month_start) as gregorian_month_end,
        gregorian_quarter_start,
        cast(gregorian_quarter_start + interval '3 months' - interval '1 day' as date)
            as gregorian_quarter_end,
        gregorian_year_start,
        cast(gregorian_year_start + interval '12 months' - interval '1 day' as date)
            as gregorian_year_end,
        jalali_year,
        jalali_quarter,
        jalali_month,
        jalali_day,
        jalali_year * 12 + jalali_month as jalali_month_index,
        jalali_month_start,
        jalali_month_end,
        jalali_quarter_start,
        jalali_quarter_end,
        jalali_year_start,
        jalali_year_end
    from gregorian

)

select * from final
