-- Prevents: a customer who moves twice or not at all. Moves into a segment are the customers it
-- has at the month end; moves out of it are those it had at the month end before.
with rfm_migration as (

    select
        calendar,
        month_end,
        from_segment,
        to_segment,
        customers
    from {{ ref('metrics__rfm_migration') }}

),

rfm_segments as (

    select
        calendar,
        month_end,
        segment,
        customers
    from {{ ref('metrics__rfm_segments') }}

),

moved_in as (

    select
        calendar,
        month_end,
        to_segment as segment,
        sum(customers) as customers
    from rfm_migration
    group by 1, 2, 3

),

moved_out as (

    select
        calendar,
        month_end,
        from_segment as segment,
        sum(customers) as customers
    from rfm_migration
    group by 1, 2, 3

),

neighbours as (

    select
        *,
        lag(customers, 1, cast(0 as bigint)) over months as previous_customers
    from rfm_segments
    window
        months as (
            partition by calendar, segment
            order by month_end
        )

),

final as (

    select
        neighbours.*,
        moved_in.customers as moved_in,
        moved_out.customers as moved_out
    from neighbours
    left join moved_in
        on
            neighbours.calendar = moved_in.calendar
            and neighbours.month_end = moved_in.month_end
            and neighbours.segment = moved_in.segment
    left join moved_out
        on
            neighbours.calendar = moved_out.calendar
            and neighbours.month_end = moved_out.month_end
            and neighbours.segment = moved_out.segment
    where
        neighbours.customers <> coalesce(moved_in.customers, 0)
        or neighbours.previous_customers <> coalesce(moved_out.customers, 0)

)

select * from final
