{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='person_id',
    meta={'touched_by': 'intermediate__touched_people'}
) }}
with sessions as (

    select
        {{ person_id('customer_id', 'visitor_id') }} as person_id,
        session_date,
        is_engaged
    from {{ ref('intermediate__sessions') }}
    {% if goes_on() or not execute %}
    where
        coalesce(customer_id, visitor_id) in (
            select coalesce(customer_id, visitor_id)
            from {{ ref('intermediate__touched_people') }}
        )
    {% endif %}

),

days as (

    select
        person_id,
        session_date,
        bool_or(is_engaged) as is_engaged
    from sessions
    {{ only_touched('intermediate__touched_people', 'person_id') }}
    group by person_id, session_date

),

final as (

    select
        *,
        lag(session_date) over (
            partition by person_id
            order by session_date
        ) as previous_session_date,
        max(case when is_engaged then session_date end) over (
            partition by person_id
            order by session_date
            rows between unbounded preceding and 1 preceding
        ) as previous_engaged_date
    from days

)

select * from final
