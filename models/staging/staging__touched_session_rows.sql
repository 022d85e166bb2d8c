{{ config(materialized='incremental', incremental_strategy='touched') }}
with session_rows as (

    select
        file_name,
        file_row,
        session_id,
        visitor_id,
        customer_id,
        rejection
    from {{ ref('staging__sessions_ledger') }}
    {%- if not goes_on() %}
    where false
    {%- endif %}

),

-- Imported apart: a name that is read twice is kept whole, with every column.
sessions_ledger as (

    select
        session_id,
        event_date,
        ended_at,
        run_number
    from {{ ref('staging__sessions_ledger') }}

),

touched_order_rows as (

    select session_id
    from {{ ref('staging__touched_order_rows') }}

),

run_context as (

    select *
    from {{ ref('staging__run_context') }}

),

touched_sessions as (

    select sessions_ledger.session_id
    from sessions_ledger
    inner join run_context
        on {{ is_changed('sessions') }}
    union
    select session_id
    from touched_order_rows

),

final as (

    select *
    from session_rows
    where
        session_id in (
            select session_id
            from touched_sessions
        )

)

select * from final
