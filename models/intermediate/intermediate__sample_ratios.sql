-- Every outcome counts the same units, so one of them tells the sample ratio.
with arms as (

    select
        campaign,
        variant,
        segment,
        units
    from {{ ref('intermediate__experiment_results') }}
    where outcome = 'converted'

),

planned_arms as (

    select
        campaign,
        variant,
        share
    from {{ ref('staging__experiment_arms') }}
    where share > 0

),

segments as (

    select
        campaign,
        segment,
        sum(units) as units,
        count(*) as variants
    from arms
    group by campaign, segment

),

planned as (

    select
        campaign,
        sum(share) as share
    from planned_arms
    group by campaign

),

-- An arm that was planned and that nobody is in counts with 0 units.
compared as (

    select
        segments.campaign,
        segments.segment,
        segments.variants,
        cast(coalesce(arms.units, 0) as double) as units,
        arms.units is not null as is_seen,
        {{ rate('segments.units * planned_arms.share', 'planned.share') }} as expected_units,
        planned_arms.variant
    from segments
    inner join planned
        on segments.campaign = planned.campaign
    inner join planned_arms
        on segments.campaign = planned_arms.campaign
    left join arms
        on
            segments.campaign = arms.campaign
            and segments.segment = arms.segment
            and planned_arms.variant = arms.variant

),

final as (

    select
        campaign,
        segment,
        sum(
            (units - expected_units) * (units - expected_units) / expected_units order by variant
        ) as chi_square,
        count(*) - 1 as degrees_of_freedom
    from compared
    group by campaign, segment, variants
    having count(*) > 1 and count(*) filter (where is_seen) = variants

)

select * from final
