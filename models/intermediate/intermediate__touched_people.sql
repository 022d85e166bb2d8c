{{ config(materialized='incremental', incremental_strategy='touched') }}
{% set columns = [
    'session_id', 'visitor_id', 'customer_id', 'channel', 'session_date', 'started_at',
    'cart_additions', 'checkouts', 'is_engaged', 'has_order'
] %}
with touched_customers as (

    select customer_id
    from {{ ref('staging__touched_customers') }}

),

touched_visitors as (

    select visitor_id
    from {{ ref('staging__touched_visitors') }}

),

sessions as (

    select {{ columns | join(', ') }}
    from {{ ref('intermediate__sessions') }}

),

counted_orders as (

    select
        session_id,
        customer_id
    from {{ ref('intermediate__counted_orders') }}
    where customer_id is not null

),

sessions_before as (

    {% if goes_on() %}
    select {{ columns | join(', ') }}
    from {{ before('intermediate__sessions') }}
    {% else %}
    select {{ columns | join(', ') }}
    from {{ ref('intermediate__sessions') }}
    where false
    {% endif %}

),

sessions_now as (

    select *
    from sessions
    where
        visitor_id in (
            select visitor_id
            from touched_visitors
        )

),

before_and_now as (

    select *
    from sessions_before
    union all
    select *
    from sessions_now

),

-- Most sessions of a touched visitor are what they were but for their number.
changed_sessions as (

    select {{ columns | join(', ') }}
    from before_and_now
    group by {{ columns | join(', ') }}
    having count(*) = 1

),

customers as (

    select customer_id
    from touched_customers
    union
    select customer_id
    from changed_sessions
    where customer_id is not null
    union
    select customer_id
    from counted_orders
    where
        session_id in (
            select session_id
            from changed_sessions
        )

),

visitors as (

    select distinct visitor_id
    from changed_sessions
    where customer_id is null

),

final as (

    select
        {{ person_id('customer_id', 'null') }} as person_id,
        customer_id,
        cast(null as varchar(200)) as visitor_id
    from customers
    union all
    select
        {{ person_id('null', 'visitor_id') }} as person_id,
        null as customer_id,
        visitor_id
    from visitors

)

select * from final
