with periods as (

    {{ mart_periods(['orders']) }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_index,
        jalali_month_index
    from {{ ref('staging__calendar_days') }}

),

final as (

    select
        periods.calendar,
        cast(
            case
                when periods.calendar = 'gregorian' then calendar_days.gregorian_month_index
                else calendar_days.jalali_month_index
            end as bigint
        ) as month_index,
        periods.period_start as month_start,
        periods.visible_end as month_end,
        periods.is_complete
    from periods
    inner join calendar_days
        on periods.period_start = calendar_days.date_day
    where periods.period_grain = 'month'

)

select * from final
