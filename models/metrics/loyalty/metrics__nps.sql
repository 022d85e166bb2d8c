with periods as (

    {{ mart_periods(['surveys']) }}

),

answers as (

    select *
    from {{ ref('intermediate__nps_period_answers') }}

),

profiles as (

    select
        customer_id,
        acquisition_channel,
        country
    from {{ ref('staging__customers') }}

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

described as (

    select
        answers.calendar,
        answers.period_grain,
        answers.period_start,
        answers.nps_group,
        coalesce(segment_scores.segment, 'unknown') as rfm_segment,
        coalesce(profiles.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(profiles.country, 'unknown') as country
    from answers
    left join profiles
        on answers.customer_id = profiles.customer_id
    left join segment_scores
        on
            answers.calendar = segment_scores.calendar
            and answers.month_index = segment_scores.month_index
            and answers.last_order_date = segment_scores.last_order_date
            and answers.frequency = segment_scores.frequency

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
