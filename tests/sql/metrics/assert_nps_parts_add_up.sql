-- Prevents: an answer in two groups, or in no segment of a kind.
with nps as (

    select
        calendar,
        period_grain,
        period_start,
        segment_type,
        promoters,
        detractors
    from {{ ref('metrics__nps') }}

),

kinds as (

    select
        calendar,
        period_grain,
        period_start,
        segment_type,
        sum(promoters) as promoters,
        sum(detractors) as detractors
    from nps
    group by 1, 2, 3, 4

),

final as (

    select kinds.*
    from kinds
    inner join kinds as everyone
        on
            kinds.calendar = everyone.calendar
            and kinds.period_grain = everyone.period_grain
            and kinds.period_start = everyone.period_start
            and everyone.segment_type = 'all'
    where
        kinds.promoters <> everyone.promoters
        or kinds.detractors <> everyone.detractors

)

select * from final
