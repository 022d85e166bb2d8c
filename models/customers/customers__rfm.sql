with states as (

    select
        *,
        {{ unpack_money('monetary') }} as monetary
    from {{ ref('intermediate__rfm_states') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

month_scores as (

    select
        month_index,
        last_order_date,
        frequency,
        recency_score,
        frequency_score,
        segment
    from {{ ref('intermediate__rfm_segment_scores') }}
    where calendar = 'gregorian'

),

month_ends as (

    select month_index
    from {{ ref('intermediate__month_ends') }}
    where calendar = 'gregorian'

),

newest as (

    select max(month_index) as month_index
    from month_ends

),

segment_scores as (

    select
        month_scores.last_order_date,
        month_scores.frequency,
        month_scores.recency_score,
        month_scores.frequency_score,
        month_scores.segment
    from month_scores
    inner join newest
        on month_scores.month_index = newest.month_index

),

current_states as (

    select
        states.customer_id,
        {{ days_between('states.last_order_date', 'run_context.as_of') }} as recency_days,
        states.last_order_date,
        states.frequency,
        states.monetary,
        rank() over (order by states.monetary) - 1 as smaller_values,
        count(*) over () as customers
    from states
    cross join run_context
    where
        states.valid_from <= run_context.as_of
        and (states.valid_until is null or states.valid_until > run_context.as_of)

),

scored as (

    select
        current_states.customer_id,
        current_states.recency_days,
        current_states.frequency,
        current_states.monetary,
        segment_scores.recency_score,
        segment_scores.frequency_score,
        {{ value_score('current_states.smaller_values', 'current_states.customers') }}
            as monetary_score,
        segment_scores.segment
    from current_states
    inner join segment_scores
        on
            current_states.last_order_date = segment_scores.last_order_date
            and current_states.frequency = segment_scores.frequency

),

final as (

    select
        customer_id,
        recency_days,
        frequency,
        monetary,
        recency_score,
        frequency_score,
        monetary_score,
        cast(
            cast(recency_score as varchar(1))
            || cast(frequency_score as varchar(1))
            || cast(monetary_score as varchar(1)) as varchar(3)
        ) as rfm_score,
        segment
    from scored

)

select * from final
