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

used as (

    select *
    from {{ ref('intermediate__period_services') }}

),

customer_services as (

    select
        first_used_on,
        service_number
    from {{ ref('intermediate__customer_services') }}

),

first_uses as (

    select
        first_used_on,
        count(*) filter (where service_number = 1) as first_service_customers,
        count(*) filter (where service_number = 2) as second_service_customers
    from customer_services
    group by first_used_on

),

adopted as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(first_uses.first_service_customers) as bigint) as first_service_customers,
        cast(sum(first_uses.second_service_customers) as bigint) as second_service_customers
    from first_uses
    inner join period_days
        on first_uses.first_used_on = period_days.date_day
    group by 1, 2, 3

),

counted as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        coalesce(used.one_service_customers, 0) as one_service_customers,
        coalesce(used.two_service_customers, 0) as two_service_customers,
        coalesce(
            used.service_customers - used.one_service_customers - used.two_service_customers, 0
        ) as three_or_more_service_customers,
        coalesce(used.services_used, 0) as services_used,
        coalesce(adopted.first_service_customers, 0) as first_service_customers,
        coalesce(adopted.second_service_customers, 0) as second_service_customers
    from periods
    left join used
        on
            periods.calendar = used.calendar
            and periods.period_grain = used.period_grain
            and periods.period_start = used.period_start
    left join adopted
        on
            periods.calendar = adopted.calendar
            and periods.period_grain = adopted.period_grain
            and periods.period_start = adopted.period_start

),

cumulated as (

    select
        *,
        two_service_customers + three_or_more_service_customers as multi_service_customers,
        one_service_customers + two_service_customers + three_or_more_service_customers
            as service_customers,
        cast(sum(first_service_customers) over so_far as bigint) as cumulative_service_customers,
        cast(sum(second_service_customers) over so_far as bigint)
            as cumulative_multi_service_customers
    from counted
    window
        so_far as (
            partition by calendar, period_grain
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
        service_customers,
        one_service_customers,
        two_service_customers,
        three_or_more_service_customers,
        multi_service_customers,
        services_used,
        {{ rate('multi_service_customers', 'service_customers') }} as multi_service_share,
        {{ rate('services_used', 'service_customers') }} as services_per_customer,
        first_service_customers,
        second_service_customers,
        cumulative_service_customers,
        cumulative_multi_service_customers,
        {{ rate('cumulative_multi_service_customers', 'cumulative_service_customers') }}
            as cumulative_multi_service_share
    from cumulated

)

select * from final
