with month_states as (

    select *
    from {{ ref('intermediate__rfm_month_states') }}

),

segment_scores as (

    select
        calendar,
        month_index,
        last_order_date,
        frequency,
        customers,
        segment
    from {{ ref('intermediate__rfm_segment_scores') }}

),

month_ends as (

    select *
    from {{ ref('intermediate__month_ends') }}

),

-- Customers whose state changed since the month end before.
changed as (

    select
        month_states.calendar,
        month_states.from_index as month_index,
        coalesce(from_scores.segment, 'none') as from_segment,
        to_scores.segment as to_segment,
        month_states.last_order_date,
        month_states.frequency,
        count(*) as customers
    from month_states
    inner join segment_scores as to_scores
        on
            month_states.calendar = to_scores.calendar
            and month_states.from_index = to_scores.month_index
            and month_states.last_order_date = to_scores.last_order_date
            and month_states.frequency = to_scores.frequency
    left join segment_scores as from_scores
        on
            month_states.calendar = from_scores.calendar
            and month_states.from_index - 1 = from_scores.month_index
            and month_states.previous_last_order_date = from_scores.last_order_date
            and month_states.previous_frequency = from_scores.frequency
    group by 1, 2, 3, 4, 5, 6

),

changed_states as (

    select
        calendar,
        month_index,
        last_order_date,
        frequency,
        sum(customers) as customers
    from changed
    group by 1, 2, 3, 4

),

-- The others stayed as they were; only the scores around them moved.
unchanged as (

    select
        to_scores.calendar,
        to_scores.month_index,
        from_scores.segment as from_segment,
        to_scores.segment as to_segment,
        to_scores.customers - coalesce(changed_states.customers, 0) as customers
    from segment_scores as to_scores
    inner join segment_scores as from_scores
        on
            to_scores.calendar = from_scores.calendar
            and to_scores.month_index - 1 = from_scores.month_index
            and to_scores.last_order_date = from_scores.last_order_date
            and to_scores.frequency = from_scores.frequency
    left join changed_states
        on
            to_scores.calendar = changed_states.calendar
            and to_scores.month_index = changed_states.month_index
            and to_scores.last_order_date = changed_states.last_order_date
            and to_scores.frequency = changed_states.frequency

),

moves as (

    select
        calendar,
        month_index,
        from_segment,
        to_segment,
        customers
    from changed
    union all
    select
        calendar,
        month_index,
        from_segment,
        to_segment,
        customers
    from unchanged
    where customers > 0

),

counted as (

    select
        calendar,
        month_index,
        from_segment,
        to_segment,
        sum(customers) as customers
    from moves
    group by 1, 2, 3, 4

),

occurring_moves as (

    select distinct
        from_segment,
        to_segment
    from counted

),

final as (

    select
        month_ends.calendar,
        month_ends.month_end,
        cast(occurring_moves.from_segment as varchar(100)) as from_segment,
        occurring_moves.to_segment,
        month_ends.is_complete,
        cast(coalesce(counted.customers, 0) as bigint) as customers
    from month_ends
    cross join occurring_moves
    left join counted
        on
            month_ends.calendar = counted.calendar
            and month_ends.month_index = counted.month_index
            and occurring_moves.from_segment = counted.from_segment
            and occurring_moves.to_segment = counted.to_segment

)

select * from final
