with periods as (

    {{ mart_periods(['surveys']) }}

),

counts as (

    select *
    from {{ ref('intermediate__nps_counts') }}

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
        cast(sum(responses) as bigint) as responses,
        cast(sum(promoters) as bigint) as promoters,
        cast(sum(passives) as bigint) as passives,
        cast(sum(detractors) as bigint) as detractors
    from counts
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
