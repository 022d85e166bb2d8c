with segment_scores as (

    select
        calendar,
        month_index,
        segment,
        customers,
        monetary
    from {{ ref('intermediate__rfm_segment_scores') }}

),

month_ends as (

    select *
    from {{ ref('intermediate__month_ends') }}

),

occurring_segments as (

    select distinct segment
    from segment_scores

),

counted as (

    select
        calendar,
        month_index,
        segment,
        sum(customers) as customers,
        sum(monetary) as net_revenue
    from segment_scores
    group by 1, 2, 3

),

filled as (

    select
        month_ends.calendar,
        month_ends.month_end,
        month_ends.is_complete,
        occurring_segments.segment,
        cast(coalesce(counted.customers, 0) as bigint) as customers,
        cast(coalesce(counted.net_revenue, 0) as decimal(38, 4)) as net_revenue
    from month_ends
    cross join occurring_segments
    left join counted
        on
            month_ends.calendar = counted.calendar
            and month_ends.month_index = counted.month_index
            and occurring_segments.segment = counted.segment

),

final as (

    select
        calendar,
        month_end,
        segment,
        is_complete,
        customers,
        net_revenue,
        {{ rate('customers', 'sum(customers) over (partition by calendar, month_end)') }} as share
    from filled

)

select * from final
