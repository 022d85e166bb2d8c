with periods as (

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

period_answers as (

    select *
    from {{ ref('intermediate__nps_period_answers') }}

),

answers as (

    select
        customer_id,
        nps_group,
        responded_date
    from {{ ref('intermediate__nps_answers') }}

),

profiles as (

    select
        customer_id,
        country
    from {{ ref('staging__customers') }}

),

customer_channels as (

    select
        customer_id,
        acquisition_channel,
        channel
    from {{ ref('intermediate__customer_channels') }}

),

segment_scores as (

    select
        calendar,
        month_index,
        last_order_date,
        frequency,
        segment
    from {{ ref('intermediate__rfm_segment_scores') }}

),

period_months as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        month_ends.month_index
    from periods
    left join month_ends
        on
            periods.calendar = month_ends.calendar
            and periods.visible_end = month_ends.month_end

),

-- A customer's latest answer of the period counts; each anonymous one does.
counted as (

    select
        period_answers.calendar,
        period_answers.period_grain,
        period_answers.period_start,
        period_answers.customer_id,
        period_answers.nps_group,
        segment_scores.segment
    from period_answers
    inner join period_months
        on
            period_answers.calendar = period_months.calendar
            and period_answers.period_grain = period_months.period_grain
            and period_answers.period_start = period_months.period_start
    left join segment_scores
        on
            period_months.calendar = segment_scores.calendar
            and period_months.month_index = segment_scores.month_index
            and period_answers.last_order_date = segment_scores.last_order_date
            and period_answers.frequency = segment_scores.frequency
    union all
    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        null as customer_id,
        answers.nps_group,
        null as segment
    from answers
    inner join period_days
        on answers.responded_date = period_days.date_day
    where answers.customer_id is null

),

final as (

    select
        counted.calendar,
        counted.period_grain,
        counted.period_start,
        coalesce(counted.segment, 'unknown') as rfm_segment,
        coalesce(customer_channels.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(customer_channels.channel, 'unknown') as channel,
        coalesce(profiles.country, 'unknown') as country,
        count(*) as responses,
        count(*) filter (where counted.nps_group = 'promoter') as promoters,
        count(*) filter (where counted.nps_group = 'passive') as passives,
        count(*) filter (where counted.nps_group = 'detractor') as detractors
    from counted
    left join profiles
        on counted.customer_id = profiles.customer_id
    left join customer_channels
        on counted.customer_id = customer_channels.customer_id
    group by 1, 2, 3, 4, 5, 6, 7

)

select * from final
