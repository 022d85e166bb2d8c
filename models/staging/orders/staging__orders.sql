{{ config(materialized='view') }}

{{ current_rows('orders', converted=true) }}
