{{ config(materialized='incremental', incremental_strategy='touched') }}
with month_states as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        monetary
    from {{ ref('intermediate__rfm_month_states') }}
    {{ only_touched('intermediate__touched_states', 'customer_id') }}

),

{% if goes_on() %}
month_states_before as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        monetary
    from {{ before('intermediate__rfm_month_states') }}

),

alike_states_before as (

    select *
    from {{ this }}

),

{% endif %}
-- What each state adds to the sums; a build that goes on takes off what it added before.
changes as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        1 as customers,
        monetary
    from month_states
    {% if goes_on() %}
    union all
    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        -1 as customers,
        -monetary as monetary
    from month_states_before
    union all
    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        customers,
        monetary
    from alike_states_before
    {% endif %}

),

final as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        cast(sum(customers) as bigint) as customers,
        cast(sum(monetary) as decimal(38, 4)) as monetary
    from changes
    group by 1, 2, 3, 4, 5
    having sum(customers) > 0

)

select * from final
