{{ config(materialized='view') }}

{{ current_rows('marketing_spend', has_rate=true) }}
