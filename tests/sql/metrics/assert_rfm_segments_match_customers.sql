-- Prevents: the newest month end showing other segments than customers.rfm.
with rfm_segments as (

    select
        calendar,
        month_end,
        segment,
        customers,
        net_revenue
    from {{ ref('metrics__rfm_segments') }}

),

rfm as (

    select
        segment,
        monetary
    from {{ ref('customers__rfm') }}

),

expected as (

    select
        segment,
        count(*) as customers,
        sum(monetary) as net_revenue
    from rfm
    group by segment

),

newest as (

    select
        *,
        max(month_end) over (partition by calendar) as newest_month_end
    from rfm_segments

),

final as (

    select
        newest.calendar,
        newest.segment,
        newest.customers,
        newest.net_revenue,
        expected.segment as expected_segment,
        expected.customers as expected_customers,
        expected.net_revenue as expected_net_revenue
    from newest
    full join expected
        on newest.segment = expected.segment
    where
        (
            newest.month_end = newest.newest_month_end
            and (
                newest.customers <> coalesce(expected.customers, 0)
                or newest.net_revenue <> coalesce(expected.net_revenue, 0)
            )
        )
        or newest.segment is null

)

select * from final
