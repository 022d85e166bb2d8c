{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'intermediate__touched_states', 'keeps_before': true}
) }}
with states as (

    select *
    from {{ ref('intermediate__rfm_states') }}
    {{ only_touched('intermediate__touched_states', 'customer_id') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_index,
        jalali_month_index
    from {{ ref('staging__calendar_days') }}

),

visible_states as (

    select
        states.customer_id,
        states.last_order_date,
        states.frequency,
        states.monetary_packed,
        states.monetary_excess,
        states.valid_from,
        case when states.valid_until <= run_context.as_of then states.valid_until end as valid_until
    from states
    inner join run_context
        on states.valid_from <= run_context.as_of

),

indexed as (

    select
        visible_states.*,
        {% for calendar in ['gregorian', 'jalali'] %}
        from_day.{{ calendar }}_month_index as {{ calendar }}_from_index,
        until_day.{{ calendar }}_month_index as {{ calendar }}_until_index{{ ',' if not loop.last }}
        {% endfor %}
    from visible_states
    inner join calendar_days as from_day
        on visible_states.valid_from = from_day.date_day
    left join calendar_days as until_day
        on visible_states.valid_until = until_day.date_day

),

-- The month ends [from_index, until_index) at which a state holds.
spans as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        cast('{{ calendar }}' as varchar(20)) as calendar,
        customer_id,
        last_order_date,
        frequency,
        monetary_packed,
        monetary_excess,
        cast({{ calendar }}_from_index as bigint) as from_index,
        cast({{ calendar }}_until_index as bigint) as until_index
    from indexed
    where
        {{ calendar }}_until_index is null
        or {{ calendar }}_from_index < {{ calendar }}_until_index
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        calendar,
        customer_id,
        from_index,
        until_index,
        last_order_date,
        frequency,
        monetary_packed,
        monetary_excess,
        lag(last_order_date) over months as previous_last_order_date,
        lag(frequency) over months as previous_frequency
    from spans
    window months as (partition by calendar, customer_id order by from_index)

)

select * from final
