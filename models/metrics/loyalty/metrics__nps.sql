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

answers as (

    select *
    from {{ ref('intermediate__nps_answers') }}

),

profiles as (

    select
        customer_id,
        acquisition_channel,
        country
    from {{ ref('staging__customers') }}

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

month_ends as (

    select
        calendar,
        month_index,
        month_end
    from {{ ref('intermediate__month_ends') }}

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

ranked as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
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
counted_answers as (

    select
        ranked.calendar,
        ranked.period_grain,
        ranked.period_start,
        periods.visible_end,
        ranked.customer_id,
        ranked.nps_group
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

rfm_segments as (

    select
        counted_answers.calendar,
        counted_answers.period_grain,
        counted_answers.period_start,
        counted_answers.customer_id,
        segment_scores.segment
    from counted_answers
    inner join month_ends
        on
            counted_answers.calendar = month_ends.calendar
            and counted_answers.visible_end = month_ends.month_end
    inner join states
        on
            counted_answers.customer_id = states.customer_id
            and states.valid_from <= counted_answers.visible_end
            and (
                states.valid_until is null
                or states.valid_until > counted_answers.visible_end
            )
    inner join segment_scores
        on
            month_ends.calendar = segment_scores.calendar
            and month_ends.month_index = segment_scores.month_index
            and states.last_order_date = segment_scores.last_order_date
            and states.frequency = segment_scores.frequency

),

described as (

    select
        counted_answers.calendar,
        counted_answers.period_grain,
        counted_answers.period_start,
        counted_answers.nps_group,
        coalesce(rfm_segments.segment, 'unknown') as rfm_segment,
        coalesce(profiles.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(profiles.country, 'unknown') as country
    from counted_answers
    left join profiles
        on counted_answers.customer_id = profiles.customer_id
    left join rfm_segments
        on
            counted_answers.calendar = rfm_segments.calendar
            and counted_answers.period_grain = rfm_segments.period_grain
            and counted_answers.period_start = rfm_segments.period_start
            and counted_answers.customer_id = rfm_segments.customer_id

),

segmented as (

    {% for segment_type, segment in [
        ('all', "'all'"), ('rfm_segment', 'rfm_segment'),
        ('acquisition_channel', 'acquisition_channel'), ('country', 'country')
    ] %}
    select
        calendar,
        period_grain,
        period_start,
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        count(*) as responses,
        count(*) filter (where nps_group = 'promoter') as promoters,
        count(*) filter (where nps_group = 'passive') as passives,
        count(*) filter (where nps_group = 'detractor') as detractors
    from described
    group by 1, 2, 3, 4, 5
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

occurring_segments as (

    select
        segment_type,
        segment
    from segmented
    union
    select
        'all' as segment_type,
        'all' as segment

),

filled as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        cast(occurring_segments.segment_type as varchar(40)) as segment_type,
        cast(occurring_segments.segment as varchar(200)) as segment,
        coalesce(segmented.responses, 0) as responses,
        coalesce(segmented.promoters, 0) as promoters,
        coalesce(segmented.passives, 0) as passives,
        coalesce(segmented.detractors, 0) as detractors
    from periods
    cross join occurring_segments
    left join segmented
        on
            periods.calendar = segmented.calendar
            and periods.period_grain = segmented.period_grain
            and periods.period_start = segmented.period_start
            and occurring_segments.segment_type = segmented.segment_type
            and occurring_segments.segment = segmented.segment

),

scored as (

    select
        *,
        {{ nps('promoters', 'detractors', 'responses') }} as nps,
        {{ nps_standard_error('promoters', 'detractors', 'responses') }} as standard_error
    from filled

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        segment_type,
        segment,
        responses,
        promoters,
        passives,
        detractors,
        nps,
        standard_error,
        case
            when responses > 0
                then greatest(-100, nps - {{ normal_quantile_975() }} * standard_error)
        end as ci_low,
        case
            when responses > 0
                then least(100, nps + {{ normal_quantile_975() }} * standard_error)
        end as ci_high
    from scored

)

select * from final
