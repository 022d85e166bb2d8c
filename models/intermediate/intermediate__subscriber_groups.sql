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
        count(*) filter (where mrr = 0) > 0 as has_left,
        max(as_of) as as_of
    from running
    group by customer_id

),

months as (

    select
        has_left,
        12 * (extract(year from watched_until) - extract(year from started_on))
        + extract(month from watched_until) - extract(month from started_on)
        + case
            when extract(day from watched_until) > extract(day from started_on) then 1
            else 0
        end as months_begun,
        12 * (extract(year from as_of) - extract(year from started_on))
        + extract(month from as_of) - extract(month from started_on)
        - case
            when
                extract(day from as_of) < extract(day from started_on)
                and as_of <> last_day(as_of) then 1
            else 0
        end as months_passed
    from lives

),

renewals as (

    select
        has_left,
        greatest(ceil(months_begun / {{ var('renewal_months') }}.0e0), 1) as lost_at,
        floor(months_passed / {{ var('renewal_months') }}.0e0) as renewals_passed
    from months

),

-- Lost within a period or at its end: lost at that renewal, once it has come. Before, those who
-- stay have not come to it either, and nobody would be at risk but those who left.
counted as (

    select
        has_left and lost_at <= renewals_passed as is_lost,
        case
            when has_left and lost_at <= renewals_passed then lost_at
            else renewals_passed
        end as periods
    from renewals

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
