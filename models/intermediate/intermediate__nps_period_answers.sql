{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'intermediate__touched_states'}
) }}
with answers as (

    select
        response_id,
        customer_id,
        nps_group,
        responded_date,
        responded_at
    from {{ ref('intermediate__nps_answers') }}
    where
        customer_id is not null
        {{ only_touched('intermediate__touched_states', 'customer_id', 'and') }}

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

states as (

    select
        customer_id,
        valid_from,
        coalesce(valid_until, cast('9999-12-31' as date)) as valid_until,
        last_order_date,
        frequency
    from {{ ref('intermediate__rfm_states') }}
    {{ only_touched('intermediate__touched_states', 'customer_id') }}

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

latest as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.visible_end,
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
        followed.next_responded_date is null
        or followed.next_responded_date > periods.period_end

),

-- The state in which the end of the period, or as_of, found the customer.
final as (

    select
        latest.calendar,
        latest.period_grain,
        latest.period_start,
        latest.customer_id,
        latest.nps_group,
        states.last_order_date,
        states.frequency
    from latest
    left join states
        on
            latest.customer_id = states.customer_id
            and latest.visible_end >= states.valid_from
            and latest.visible_end < states.valid_until

)

select * from final
