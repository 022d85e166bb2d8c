{{ config(materialized='view') }}

{{ current_rows('fx_rates') }}
