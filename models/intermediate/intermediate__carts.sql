{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='person_id',
    meta={'touched_by': 'intermediate__touched_people'}
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
        session_date,
        started_at
    from {{ ref('intermediate__sessions') }}
    where
        cart_additions > 0
        and not has_order
        {% if goes_on() or not execute %}
        and coalesce(customer_id, visitor_id) in (
            select coalesce(customer_id, visitor_id)
            from {{ ref('intermediate__touched_people') }}
        )
        {% endif %}

),

counted_orders as (

    select
        customer_id,
        order_date,
        ordered_at
    from {{ ref('intermediate__counted_orders') }}
    where
        customer_id is not null
        {{ only_touched('intermediate__touched_people', 'customer_id', 'and') }}

),

carts as (

    select
        *,
        cast(started_at + interval '1 day' as timestamp) as decided_at
    from sessions
    {{ only_touched('intermediate__touched_people', 'person_id') }}

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
    where carts.customer_id is not null

),

near_orders as (

    select
        days_after.session_id,
        days_after.started_at,
        counted_orders.ordered_at,
        {{ zone_to_utc('cast(counted_orders.order_date as timestamp)', var('business_timezone')) }}
            as order_day_start_at
    from days_after
    inner join counted_orders
        on
            days_after.customer_id = counted_orders.customer_id
            and days_after.order_date = counted_orders.order_date
            and days_after.decided_at >= counted_orders.ordered_at

),

-- An order without a time of day counts for the whole of its day.
bought as (

    select distinct session_id
    from near_orders
    where
        started_at <= case
            when ordered_at = order_day_start_at
                then cast(ordered_at + interval '1 day' as timestamp)
            else ordered_at
        end

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
        carts.session_date,
        carts.started_at,
        carts.decided_at
    from carts
    left join bought
        on carts.session_id = bought.session_id
    where bought.session_id is null

)

select * from final
