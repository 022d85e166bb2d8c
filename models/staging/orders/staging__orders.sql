{{ config(materialized='view') }}

{{ current_rows('orders', has_rate=true) }}
