with answers as (

    select *
    from {{ ref('intermediate__nps_answers') }}

),

periods as (

    {{ mart_periods(['surveys']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

month_ends as (

    select
        calendar,
        month_index,
        month_end
    from {{ ref('intermediate__month_ends') }}

),

states as (

    select
        customer_id,
        valid_from,
        valid_until,
        last_order_date,
        frequency
    from {{ ref('intermediate__rfm_states') }}

),

followed as (

    select
        *,
        lead(responded_date) over (
            partition by customer_id
            order by responded_at, response_id
        ) as next_responded_date
    from answers

),

-- A customer's latest answer of the period counts; each anonymous one does.
counted as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.visible_end,
        followed.response_id,
        followed.customer_id,
        followed.nps_group
    from followed
    inner join period_days
        on followed.responded_date = period_days.date_day
    inner join periods
        on
            period_days.calendar = periods.calendar
            and period_days.period_grain = periods.period_grain
            and period_days.period_start = periods.period_start
    where
        followed.customer_id is null
        or followed.next_responded_date is null
        or followed.next_responded_date > periods.period_end

),

-- The state in which the end of the period found the customer.
states_at_end as (

    select
        counted.customer_id,
        counted.visible_end,
        states.last_order_date,
        states.frequency
    from (
        select distinct
            customer_id,
            visible_end
        from counted
    ) as counted
    inner join states
        on
            counted.customer_id = states.customer_id
            and counted.visible_end >= states.valid_from
            and (states.valid_until is null or counted.visible_end < states.valid_until)

),

final as (

    select
        counted.calendar,
        counted.period_grain,
        counted.period_start,
        counted.response_id,
        counted.customer_id,
        counted.nps_group,
        month_ends.month_index,
        states_at_end.last_order_date,
        states_at_end.frequency
    from counted
    left join month_ends
        on
            counted.calendar = month_ends.calendar
            and counted.visible_end = month_ends.month_end
    left join states_at_end
        on
            counted.customer_id = states_at_end.customer_id
            and counted.visible_end = states_at_end.visible_end

)

select * from final
