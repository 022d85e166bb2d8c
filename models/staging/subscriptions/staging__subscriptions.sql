{{ config(materialized='view') }}

{{ current_rows('subscriptions', has_rate=true) }}
