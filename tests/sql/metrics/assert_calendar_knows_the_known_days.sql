-- Prevents: a calendar that is a day off around Nowruz, or that misses the leap day of 1403.
with calendar as (

    select
        date_day,
        jalali_year,
        jalali_month,
        jalali_day,
        jalali_year_start,
        jalali_year_end
    from {{ ref('metrics__calendar') }}

),

known_days as (

    select
        cast(known.date_day as date) as date_day,
        known.jalali_year,
        known.jalali_month,
        known.jalali_day
    from (
        values
        ('1979-02-11', 1357, 11, 22),
        ('2024-03-19', 1402, 12, 29),
        ('2024-03-20', 1403, 1, 1),
        ('2025-03-20', 1403, 12, 30),
        ('2025-03-21', 1404, 1, 1)
    ) as known (date_day, jalali_year, jalali_month, jalali_day)

),

final as (

    select
        known_days.date_day,
        known_days.jalali_year,
        known_days.jalali_month,
        known_days.jalali_day
    from known_days
    left join calendar
        on
            known_days.date_day = calendar.date_day
            and known_days.jalali_year = calendar.jalali_year
            and known_days.jalali_month = calendar.jalali_month
            and known_days.jalali_day = calendar.jalali_day
    where calendar.date_day is null

)

select * from final
