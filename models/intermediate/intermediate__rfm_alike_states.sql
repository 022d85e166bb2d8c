{{ config(materialized='incremental', incremental_strategy='touched') }}
with month_states as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        monetary_packed,
        monetary_excess
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
        monetary_packed,
        monetary_excess
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
        monetary_packed,
        monetary_excess
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
        -monetary_packed as monetary_packed,
        -monetary_excess as monetary_excess
    from month_states_before
    union all
    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        customers,
        0 as monetary_packed,
        monetary as monetary_excess
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
        cast(sum(monetary_packed) + sum(monetary_excess) as decimal(38, 4)) as monetary
    from changes
    group by 1, 2, 3, 4, 5
    having sum(customers) > 0

)

select * from final
