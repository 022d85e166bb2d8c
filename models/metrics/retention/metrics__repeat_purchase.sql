with periods as (

    {{ mart_periods(['orders']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

daily_buyers as (

    select *
    from {{ ref('intermediate__daily_buyers') }}

),

bought as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_buyers.buyers) as bigint) as buyers,
        cast(sum(daily_buyers.repeat_buyers) as bigint) as repeat_buyers,
        cast(sum(daily_buyers.returning_buyers) as bigint) as returning_buyers,
        sum(daily_buyers.first_buyers) as first_buyers,
        sum(daily_buyers.second_buyers) as second_buyers
    from daily_buyers
    inner join period_days
        on
            daily_buyers.order_date = period_days.date_day
            and daily_buyers.calendar = period_days.calendar
            and daily_buyers.period_grain = period_days.period_grain
    group by 1, 2, 3

),

accumulated as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        coalesce(bought.buyers, 0) as buyers,
        coalesce(bought.repeat_buyers, 0) as repeat_buyers,
        coalesce(bought.returning_buyers, 0) as returning_buyers,
        cast(
            sum(coalesce(bought.first_buyers, 0)) over history as bigint
        ) as cumulative_buyers,
        cast(
            sum(coalesce(bought.second_buyers, 0)) over history as bigint
        ) as cumulative_repeat_buyers
    from periods
    left join bought
        on
            periods.calendar = bought.calendar
            and periods.period_grain = bought.period_grain
            and periods.period_start = bought.period_start
    window
        history as (
            partition by periods.calendar, periods.period_grain
            order by periods.period_start
            rows between unbounded preceding and current row
        )

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        buyers,
        repeat_buyers,
        returning_buyers,
        cumulative_buyers,
        cumulative_repeat_buyers,
        {{ rate('repeat_buyers', 'buyers') }} as repeat_rate,
        {{ rate('returning_buyers', 'buyers') }} as returning_rate,
        {{ rate('cumulative_repeat_buyers', 'cumulative_buyers') }} as cumulative_repeat_rate
    from accumulated

)

select * from final
