with recency_scores as (

    select *
    from {{ ref('intermediate__rfm_recency_scores') }}

),

frequency_scores as (

    select *
    from {{ ref('intermediate__rfm_frequency_scores') }}

),

histogram as (

    select
        calendar,
        month_index,
        last_order_date,
        frequency,
        customers,
        monetary
    from {{ ref('intermediate__rfm_histogram') }}

),

segments as (

    select *
    from {{ ref('staging__rfm_segments') }}

),

final as (

    select
        histogram.calendar,
        histogram.month_index,
        histogram.last_order_date,
        histogram.frequency,
        histogram.customers,
        histogram.monetary,
        recency_scores.recency_score,
        frequency_scores.frequency_score,
        segments.segment
    from histogram
    inner join recency_scores
        on
            histogram.calendar = recency_scores.calendar
            and histogram.month_index = recency_scores.month_index
            and histogram.last_order_date = recency_scores.last_order_date
    inner join frequency_scores
        on
            histogram.calendar = frequency_scores.calendar
            and histogram.month_index = frequency_scores.month_index
            and histogram.frequency = frequency_scores.frequency
    inner join segments
        on
            recency_scores.recency_score = segments.recency_score
            and frequency_scores.frequency_score = segments.frequency_score

)

select * from final
