-- Prevents: MRR that appears or vanishes between two periods or at the end.
with revenue_churn as (

    select *
    from {{ ref('metrics__revenue_churn') }}

),

subscriptions as (

    select
        {{ business_date('valid_to') }} as ends_on,
        event_date as starts_on,
        mrr
    from {{ ref('staging__subscriptions') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

running as (

    select coalesce(sum(subscriptions.mrr), 0) as running_mrr
    from subscriptions
    cross join run_context
    where
        subscriptions.starts_on <= run_context.as_of
        and (subscriptions.ends_on is null or subscriptions.ends_on > run_context.as_of)

),

neighbours as (

    select
        *,
        lag(closing_mrr, 1, 0) over periods as previous_closing_mrr,
        lag(closing_subscribers, 1, 0) over periods as previous_closing_subscribers,
        lead(period_start) over periods as next_period_start
    from revenue_churn
    window
        periods as (
            partition by calendar, period_grain
            order by period_start
        )

),

final as (

    select neighbours.*
    from neighbours
    cross join running
    where
        neighbours.opening_mrr <> neighbours.previous_closing_mrr
        or neighbours.opening_subscribers <> neighbours.previous_closing_subscribers
        or (neighbours.next_period_start is null and neighbours.closing_mrr <> running.running_mrr)

)

select * from final
