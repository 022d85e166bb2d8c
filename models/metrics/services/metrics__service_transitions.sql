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

customer_services as (

    select
        service,
        previous_service,
        service_number,
        first_used_on
    from {{ ref('intermediate__customer_services') }}

),

daily_moves as (

    select
        first_used_on,
        previous_service as first_service,
        service as next_service,
        count(*) as customers
    from customer_services
    where service_number = 2
    group by 1, 2, 3

),

daily_starts as (

    select
        first_used_on,
        service as first_service,
        count(*) as customers
    from customer_services
    where service_number = 1
    group by 1, 2

),

pairs as (

    select distinct
        first_service,
        next_service
    from daily_moves

),

moves as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        daily_moves.first_service,
        daily_moves.next_service,
        cast(sum(daily_moves.customers) as bigint) as moved_customers
    from daily_moves
    inner join period_days
        on daily_moves.first_used_on = period_days.date_day
    group by 1, 2, 3, 4, 5

),

starts as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        daily_starts.first_service,
        cast(sum(daily_starts.customers) as bigint) as started_customers
    from daily_starts
    inner join period_days
        on daily_starts.first_used_on = period_days.date_day
    group by 1, 2, 3, 4

),

counted as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        pairs.first_service,
        pairs.next_service,
        coalesce(moves.moved_customers, 0) as moved_customers,
        coalesce(starts.started_customers, 0) as started_customers
    from periods
    cross join pairs
    left join moves
        on
            periods.calendar = moves.calendar
            and periods.period_grain = moves.period_grain
            and periods.period_start = moves.period_start
            and pairs.first_service = moves.first_service
            and pairs.next_service = moves.next_service
    left join starts
        on
            periods.calendar = starts.calendar
            and periods.period_grain = starts.period_grain
            and periods.period_start = starts.period_start
            and pairs.first_service = starts.first_service

),

cumulated as (

    select
        *,
        cast(sum(moved_customers) over so_far as bigint) as cumulative_moved_customers,
        cast(sum(started_customers) over so_far as bigint) as cumulative_started_customers
    from counted
    window
        so_far as (
            partition by calendar, period_grain, first_service, next_service
            order by period_start
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
        cast(first_service as varchar(200)) as first_service,
        cast(next_service as varchar(200)) as next_service,
        started_customers,
        moved_customers,
        cumulative_started_customers,
        cumulative_moved_customers,
        {{ rate('cumulative_moved_customers', 'cumulative_started_customers') }} as moved_share
    from cumulated

)

select * from final
