{{ config(materialized='incremental', incremental_strategy='touched') }}
with orders_ledger as (

    select
        file_name,
        file_row,
        order_id,
        customer_id,
        session_id,
        updated_at,
        rejection
    from {{ ref('staging__orders_ledger') }}
    {%- if not goes_on() %}
    where false
    {%- endif %}

),

touched_orders as (

    select order_id
    from {{ ref('staging__touched_orders') }}

),

final as (

    select *
    from orders_ledger
    where
        order_id in (
            select order_id
            from touched_orders
        )

)

select * from final
