-- Prevents: spells of one customer that overlap, touch, leave a number out, or end while he is
-- still active.
with lifecycle as (

    select *
    from {{ ref('customers__lifecycle') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

neighbours as (

    select
        lifecycle.*,
        run_context.as_of,
        cast(lifecycle.last_order_date + {{ var('churn_after_days') }} as date) as churns_on,
        lag(lifecycle.churned_on) over spells as previous_churned_on,
        row_number() over spells as expected_number
    from lifecycle
    cross join run_context
    window
        spells as (
            partition by lifecycle.customer_id
            order by lifecycle.active_from
        )

),

final as (

    select *
    from neighbours
    where
        spell_number <> expected_number
        or last_order_date < active_from
        or orders < 1
        or churned_on is distinct from case when churns_on <= as_of then churns_on end
        or (
            spell_number > 1
            and (previous_churned_on is null or previous_churned_on > active_from)
        )

)

select * from final
