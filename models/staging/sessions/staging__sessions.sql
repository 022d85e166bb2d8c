{{ config(materialized='view') }}

{{ current_rows('sessions') }}
