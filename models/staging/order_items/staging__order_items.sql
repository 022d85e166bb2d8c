{{ config(materialized='view') }}

{{ current_rows('order_items', visible_orders=ref('staging__orders')) }}
