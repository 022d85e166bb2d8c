-- Prevents: a lookup of the user's own in which a cell has no segment, or a cell is out of reach.
with segments as (

    select
        recency_score,
        frequency_score,
        segment
    from {{ ref('staging__rfm_segments') }}

),

scores as (

    select score_values.score
    from (values (1), (2), (3), (4), (5)) as score_values (score)

),

cells as (

    select
        recency.score as recency_score,
        frequency.score as frequency_score
    from scores as recency
    cross join scores as frequency

),

final as (

    select
        cells.recency_score as wanted_recency_score,
        cells.frequency_score as wanted_frequency_score,
        segments.recency_score,
        segments.frequency_score,
        segments.segment
    from cells
    full join segments
        on
            cells.recency_score = segments.recency_score
            and cells.frequency_score = segments.frequency_score
    where
        cells.recency_score is null
        or segments.segment is null

)

select * from final
