{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='person_id',
    meta={'touched_by': 'intermediate__changed_people'}
) }}
with sessions as (

    select
        session_id,
        {{ person_id('customer_id', 'visitor_id') }} as person_id,
        visitor_id,
        customer_id,
        channel,
        cart_additions,
        checkouts,
        has_order,
        session_date,
        started_at
    from {{ ref('intermediate__sessions') }}
    where
        cart_additions > 0
        {% if goes_on() or not execute %}
        and coalesce(customer_id, visitor_id) in (
            select coalesce(customer_id, visitor_id)
            from {{ ref('intermediate__changed_people') }}
        )
        {% endif %}

),

counted_orders as (

    select
        customer_id,
        order_date,
        ordered_at,
        {{ zone_to_utc('cast(order_date as timestamp)', var('business_timezone')) }}
            as order_day_start_at
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        {{ only_touched('intermediate__changed_people', 'customer_id', 'and') }}

),

carts as (

    select
        *,
        cast(started_at + interval '1 day' as timestamp) as decided_at
    from sessions
    {{ only_touched('intermediate__changed_people', 'person_id') }}

),

-- An order without a time of day counts for the whole of its day.
order_spans as (

    select
        customer_id,
        order_date,
        ordered_at as from_at,
        case
            when ordered_at = order_day_start_at
                then cast(ordered_at + interval '1 day' as timestamp)
            else ordered_at
        end as until_at
    from counted_orders

),

days_after as (

    select
        carts.session_id,
        carts.customer_id,
        carts.started_at,
        carts.decided_at,
        cast(carts.session_date + day_numbers.day_number as date) as order_date
    from carts
    cross join (values (0), (1), (2)) as day_numbers (day_number)
    where
        carts.customer_id is not null
        and not carts.has_order

),

bought as (

    select distinct days_after.session_id
    from days_after
    inner join order_spans
        on
            days_after.customer_id = order_spans.customer_id
            and days_after.order_date = order_spans.order_date
            and days_after.decided_at >= order_spans.from_at
            and days_after.started_at <= order_spans.until_at

),

final as (

    select
        carts.session_id,
        carts.person_id,
        carts.visitor_id,
        carts.customer_id,
        carts.channel,
        carts.cart_additions,
        carts.checkouts,
        not carts.has_order and bought.session_id is null as is_abandoned,
        carts.session_date,
        carts.started_at,
        carts.decided_at
    from carts
    left join bought
        on carts.session_id = bought.session_id

)

select * from final
