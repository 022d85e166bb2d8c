{{ config(materialized='incremental', incremental_strategy='touched') }}
with touched_customers as (

    select customer_id
    from {{ ref('staging__touched_customers') }}

),

touched_visitors as (

    select visitor_id
    from {{ ref('staging__touched_visitors') }}

),

sessions_ledger as (

    select
        session_id,
        visitor_id,
        customer_id
    from {{ ref('staging__sessions_ledger') }}

),

orders_ledger as (

    select
        session_id,
        customer_id
    from {{ ref('staging__orders_ledger') }}

),

visited as (

    select
        session_id,
        customer_id
    from sessions_ledger
    where
        visitor_id in (
            select visitor_id
            from touched_visitors
        )

),

customers as (

    select customer_id
    from touched_customers
    union
    select customer_id
    from visited
    where customer_id is not null
    union
    select customer_id
    from orders_ledger
    where
        customer_id is not null
        and session_id in (
            select session_id
            from visited
        )

),

final as (

    select
        {{ person_id('customers.customer_id', 'null') }} as person_id,
        customers.customer_id
    from customers
    union all
    select
        {{ person_id('null', 'touched_visitors.visitor_id') }} as person_id,
        null as customer_id
    from touched_visitors

)

select * from final
