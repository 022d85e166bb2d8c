{{ config(materialized='view') }}

{{ current_rows('refunds', visible_orders=ref('staging__orders')) }}
