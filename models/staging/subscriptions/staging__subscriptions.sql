{{ config(materialized='view') }}

{{ current_rows('subscriptions', converted=true) }}
