{{ config(materialized='view') }}

{{ current_rows('campaign_sends') }}
