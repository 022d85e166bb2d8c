with subscriptions as (

    select
        customer_id,
        event_date as starts_on,
        {{ business_date('valid_to') }} as ends_on,
        mrr
    from {{ ref('staging__subscriptions') }}

),

-- A subscription that ends on the day it starts never runs in the evening.
running as (

    select *
    from subscriptions
    where
        ends_on is null
        or ends_on > starts_on

),

changes as (

    select
        customer_id,
        starts_on as changed_on,
        mrr as mrr_change
    from running
    union all
    select
        customer_id,
        ends_on as changed_on,
        -mrr as mrr_change
    from running
    where ends_on is not null

),

daily_changes as (

    select
        customer_id,
        changed_on,
        cast(sum(mrr_change) as decimal(38, 4)) as mrr_change
    from changes
    group by customer_id, changed_on

),

final as (

    select
        customer_id,
        changed_on,
        mrr_change,
        min(changed_on) over (partition by customer_id) as first_paid_on
    from daily_changes
    where mrr_change <> 0

)

select * from final
