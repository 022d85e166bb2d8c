{{ config(materialized='incremental', incremental_strategy='touched') }}

{{
    superseded(
        'orders',
        touched_rows=ref('staging__touched_order_rows') if goes_on() or not execute else none
    )
}}
