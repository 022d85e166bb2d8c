{{ config(materialized='incremental', incremental_strategy='touched') }}
with touched_customers as (

    select customer_id
    from {{ ref('staging__touched_customers') }}

),

states as (

    select
        customer_id,
        valid_from
    from {{ ref('intermediate__rfm_states') }}

),

run_context as (

    select
        as_of,
        previous_as_of
    from {{ ref('staging__run_context') }}

),

final as (

    select customer_id
    from touched_customers
    union
    select states.customer_id
    from states
    inner join run_context
        on
            states.valid_from > least(run_context.previous_as_of, run_context.as_of)
            and states.valid_from <= greatest(run_context.previous_as_of, run_context.as_of)
            {%- if not goes_on() %}
            and false
            {%- endif %}

)

select * from final
