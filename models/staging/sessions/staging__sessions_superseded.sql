{{ config(materialized='incremental', incremental_strategy='touched') }}

{{
    superseded(
        'sessions',
        touched_rows=ref('staging__touched_session_rows') if goes_on() or not execute else none
    )
}}
