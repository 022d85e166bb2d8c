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
        last_order_date,
        frequency
    from {{ ref('intermediate__rfm_states') }}

),

ranked as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        answers.response_id,
        answers.customer_id,
        answers.nps_group,
        row_number() over (
            partition by
                period_days.calendar,
                period_days.period_grain,
                period_days.period_start,
                answers.customer_id
            order by answers.responded_at desc, answers.response_id desc
        ) as recency_rank
    from answers
    inner join period_days
        on answers.responded_date = period_days.date_day

),

-- A customer's latest answer of the period counts; each anonymous one does.
counted as (

    select
        ranked.calendar,
        ranked.period_grain,
        ranked.period_start,
        ranked.response_id,
        ranked.customer_id,
        ranked.nps_group,
        periods.visible_end
    from ranked
    inner join periods
        on
            ranked.calendar = periods.calendar
            and ranked.period_grain = periods.period_grain
            and ranked.period_start = periods.period_start
    where
        ranked.recency_rank = 1
        or ranked.customer_id is null

),

-- The state in which the end of the period found the customer: the last to begin by then.
states_at_end as (

    select
        counted.customer_id,
        counted.visible_end,
        max_by(states.last_order_date, states.valid_from) as last_order_date,
        max_by(states.frequency, states.valid_from) as frequency
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
    group by 1, 2

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
