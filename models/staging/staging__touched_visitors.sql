{{ config(materialized='incremental', incremental_strategy='touched') }}
with orders_ledger as (

    select
        order_id,
        session_id
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

touched_sessions as (

    select sessions_ledger.session_id
    from sessions_ledger
    inner join run_context
        on {{ is_changed('sessions') }}
    union
    select session_id
    from orders_ledger
    where
        order_id in (
            select order_id
            from touched_orders
        )

),

final as (

    select distinct visitor_id
    from sessions_ledger
    where
        visitor_id is not null
        and session_id in (
            select session_id
            from touched_sessions
        )
        {%- if not goes_on() %}
        and false
        {%- endif %}

)

select * from final
