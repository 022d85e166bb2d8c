{{ config(materialized='view') }}

{{ current_rows('surveys') }}
