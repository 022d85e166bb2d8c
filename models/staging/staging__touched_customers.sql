{{ config(materialized='incremental', incremental_strategy='touched') }}
with orders_ledger as (

    select
        order_id,
        customer_id
    from {{ ref('staging__orders_ledger') }}

),

sessions_ledger as (

    select *
    from {{ ref('staging__sessions_ledger') }}

),

touched_orders as (

    select order_id
    from {{ ref('staging__touched_orders') }}

),

run_context as (

    select *
    from {{ ref('staging__run_context') }}

),

changed_sessions as (

    select sessions_ledger.session_id
    from sessions_ledger
    inner join run_context
        on {{ is_changed('sessions') }}

),

-- Every version of what changed: its owner may have been another before.
touched_customers as (

    select customer_id
    from orders_ledger
    where
        order_id in (
            select order_id
            from touched_orders
        )
    union
    select customer_id
    from sessions_ledger
    where
        session_id in (
            select session_id
            from changed_sessions
        )

),

final as (

    select customer_id
    from touched_customers
    where
        customer_id is not null
        {%- if not goes_on() %}
        and false
        {%- endif %}

)

select * from final
