{{ config(materialized='view') }}

{{ current_rows('social_daily') }}
