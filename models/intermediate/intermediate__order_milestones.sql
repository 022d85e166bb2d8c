{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_people'}
) }}
with order_days as (

    select
        customer_id,
        order_day_number,
        order_date,
        first_order_date
    from {{ ref('intermediate__order_days') }}
    {{ only_touched('staging__touched_people', 'customer_id') }}

),

sessions as (

    select
        customer_id,
        session_date
    from {{ ref('intermediate__sessions') }}
    where
        is_engaged
        and customer_id is not null
        {{ only_touched('staging__touched_people', 'customer_id', 'and') }}

),

milestones as (

    select *
    from order_days
    where order_day_number in (1, 2, 5)

),

engaged_days as (

    select distinct
        customer_id,
        session_date
    from sessions

),

events as (

    select
        customer_id,
        order_date as event_date,
        order_day_number,
        cast(null as date) as engaged_date
    from milestones
    union all
    select
        customer_id,
        session_date as event_date,
        0 as order_day_number,
        session_date as engaged_date
    from engaged_days

),

-- The engaged day of the customer that comes before (after) a milestone and is nearest to it.
neighbours as (

    select
        customer_id,
        order_day_number,
        max(engaged_date) over (
            partition by customer_id
            order by event_date, order_day_number
            rows between unbounded preceding and current row
        ) as engaged_before,
        min(engaged_date) over (
            partition by customer_id
            order by event_date, order_day_number
            rows between current row and unbounded following
        ) as engaged_after
    from events

),

final as (

    select
        milestones.customer_id,
        milestones.order_day_number,
        milestones.order_date,
        milestones.first_order_date,
        neighbours.engaged_before,
        neighbours.engaged_after
    from milestones
    inner join neighbours
        on
            milestones.customer_id = neighbours.customer_id
            and milestones.order_day_number = neighbours.order_day_number

)

select * from final
