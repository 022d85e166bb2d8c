with campaign_sends as (

    select
        campaign,
        customer_id,
        variant,
        sent_at,
        event_date
    from {{ ref('staging__campaign_sends') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_start
    from {{ ref('staging__calendar_days') }}

),

month_ends as (

    select
        month_index,
        month_start
    from {{ ref('intermediate__month_ends') }}
    where calendar = 'gregorian'

),

month_states as (

    select
        customer_id,
        from_index,
        coalesce(until_index, 999999) as until_index,
        last_order_date,
        frequency
    from {{ ref('intermediate__rfm_month_states') }}
    where calendar = 'gregorian'

),

segment_scores as (

    select
        month_index,
        last_order_date,
        frequency,
        segment
    from {{ ref('intermediate__rfm_segment_scores') }}
    where calendar = 'gregorian'

),

first_sends as (

    select
        campaign,
        customer_id,
        min(variant) as variant,
        min(variant) <> max(variant) as is_in_two_variants,
        bool_or(variant <> 'holdout') as is_contacted,
        min(event_date) as sent_date,
        min(sent_at) as sent_at
    from campaign_sends
    group by campaign, customer_id

),

-- The segment at the end of the month before: what a campaign does cannot move it.
segmented as (

    select
        first_sends.*,
        segment_scores.segment
    from first_sends
    inner join calendar_days
        on first_sends.sent_date = calendar_days.date_day
    left join month_ends
        on calendar_days.gregorian_month_start = month_ends.month_start
    left join month_states
        on
            first_sends.customer_id = month_states.customer_id
            and month_ends.month_index - 1 >= month_states.from_index
            and month_ends.month_index - 1 < month_states.until_index
    left join segment_scores
        on
            month_ends.month_index - 1 = segment_scores.month_index
            and month_states.last_order_date = segment_scores.last_order_date
            and month_states.frequency = segment_scores.frequency

),

final as (

    select
        campaign,
        customer_id,
        case when not is_in_two_variants then variant end as variant,
        cast(coalesce(segment, 'none') as varchar(200)) as segment,
        is_in_two_variants,
        is_contacted,
        sent_date,
        sent_at,
        cast(sent_at - interval '{{ var("experiment_lookback_days") }} day' as timestamp)
            as looked_back_from_at,
        cast(sent_at + interval '{{ var("attribution_days") }} day' as timestamp) as closes_at
    from segmented

)

select * from final
