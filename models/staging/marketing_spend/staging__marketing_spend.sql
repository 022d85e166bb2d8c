{{ config(materialized='view') }}

{{ current_rows('marketing_spend', converted=true) }}
