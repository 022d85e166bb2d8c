with periods as (

    {{ mart_periods(['orders']) }}

),

final as (

    select
        calendar,
        row_number() over (
            partition by calendar
            order by period_start
        ) as month_index,
        period_start as month_start,
        visible_end as month_end,
        is_complete
    from periods
    where period_grain = 'month'

)

select * from final
