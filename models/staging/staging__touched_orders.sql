{{ config(materialized='incremental', incremental_strategy='touched') }}
with orders_ledger as (

    select *
    from {{ ref('staging__orders_ledger') }}

),

refunds_ledger as (

    select *
    from {{ ref('staging__refunds_ledger') }}

),

run_context as (

    select *
    from {{ ref('staging__run_context') }}

),

changed_refunds as (

    select refunds_ledger.refund_id
    from refunds_ledger
    inner join run_context
        on {{ is_changed('refunds') }}

),

touched_orders as (

    select orders_ledger.order_id
    from orders_ledger
    inner join run_context
        on {{ is_changed('orders') }}
    union
    select order_id
    from refunds_ledger
    where
        refund_id in (
            select refund_id
            from changed_refunds
        )

),

final as (

    select order_id
    from touched_orders
    where
        order_id is not null
        {%- if not goes_on() %}
        and false
        {%- endif %}

)

select * from final
