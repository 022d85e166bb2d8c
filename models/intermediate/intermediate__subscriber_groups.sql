with mrr_changes as (

    select
        customer_id,
        changed_on,
        mrr_change
    from {{ ref('intermediate__mrr_changes') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

running as (

    select
        mrr_changes.customer_id,
        mrr_changes.changed_on,
        run_context.as_of,
        sum(mrr_changes.mrr_change) over (
            partition by mrr_changes.customer_id
            order by mrr_changes.changed_on
            rows between unbounded preceding and current row
        ) as mrr
    from mrr_changes
    inner join run_context
        on mrr_changes.changed_on <= run_context.as_of

),

-- A customer's first time as a subscriber; who comes back later has left once.
lives as (

    select
        customer_id,
        min(changed_on) as started_on,
        coalesce(min(changed_on) filter (where mrr = 0), max(as_of)) as watched_until,
        count(*) filter (where mrr = 0) > 0 as is_lost
    from running
    group by customer_id

),

months as (

    select
        is_lost,
        12 * (extract(year from watched_until) - extract(year from started_on))
        + extract(month from watched_until) - extract(month from started_on) as months_between,
        extract(day from watched_until) > extract(day from started_on) as has_more_days,
        extract(day from watched_until) < extract(day from started_on)
        and watched_until <> last_day(watched_until) as has_fewer_days
    from lives

),

-- Lost within a period or at its end: lost in it. Kept: the periods that have passed.
counted as (

    select
        is_lost,
        case
            when is_lost
                then
                    greatest(
                        ceil(
                            (months_between + case when has_more_days then 1 else 0 end)
                            / {{ var('renewal_months') }}.0e0
                        ), 1
                    )
            else
                floor(
                    (months_between - case when has_fewer_days then 1 else 0 end)
                    / {{ var('renewal_months') }}.0e0
                )
        end as periods
    from months

),

final as (

    select
        cast(periods as bigint) as periods,
        is_lost,
        count(*) as subscribers
    from counted
    group by 1, 2

)

select * from final
