{{ config(materialized='incremental', incremental_strategy='touched') }}
with touched_order_rows as (

    select customer_id
    from {{ ref('staging__touched_order_rows') }}

),

touched_session_rows as (

    select customer_id
    from {{ ref('staging__touched_session_rows') }}

),

survey_rows as (

    select
        response_id,
        customer_id
    from {{ ref('staging__surveys_ledger') }}
    {%- if not goes_on() %}
    where false
    {%- endif %}

),

surveys_ledger as (

    select
        response_id,
        event_date,
        run_number
    from {{ ref('staging__surveys_ledger') }}

),

run_context as (

    select *
    from {{ ref('staging__run_context') }}

),

changed_answers as (

    select surveys_ledger.response_id
    from surveys_ledger
    inner join run_context
        on {{ is_changed('surveys') }}

),

-- Every version of what changed: its owner may have been another before.
touched_customers as (

    select customer_id
    from touched_order_rows
    union
    select customer_id
    from touched_session_rows
    union
    select customer_id
    from survey_rows
    where
        response_id in (
            select response_id
            from changed_answers
        )

),

final as (

    select customer_id
    from touched_customers
    where customer_id is not null

)

select * from final
