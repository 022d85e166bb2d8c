{{ config(materialized='view') }}

{{ current_rows('customers') }}
