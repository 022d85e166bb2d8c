with states as (

    select *
    from {{ ref('intermediate__rfm_states') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_start,
        jalali_month_start
    from {{ ref('staging__calendar_days') }}

),

month_ends as (

    select
        calendar,
        month_index,
        month_start
    from {{ ref('intermediate__month_ends') }}

),

visible_states as (

    select
        states.customer_id,
        states.last_order_date,
        states.frequency,
        states.monetary,
        states.valid_from,
        case when states.valid_until <= run_context.as_of then states.valid_until end as valid_until
    from states
    inner join run_context
        on states.valid_from <= run_context.as_of

),

last_indexes as (

    select
        calendar,
        max(month_index) as last_index
    from month_ends
    group by calendar

),

-- The month ends [from_index, until_index) at which a state holds.
spans as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        last_indexes.calendar,
        visible_states.customer_id,
        visible_states.last_order_date,
        visible_states.frequency,
        visible_states.monetary,
        from_month.month_index as from_index,
        coalesce(until_month.month_index, last_indexes.last_index + 1) as until_index
    from visible_states
    inner join last_indexes
        on last_indexes.calendar = '{{ calendar }}'
    inner join calendar_days as from_day
        on visible_states.valid_from = from_day.date_day
    inner join month_ends as from_month
        on
            from_month.calendar = '{{ calendar }}'
            and from_day.{{ calendar }}_month_start = from_month.month_start
    left join calendar_days as until_day
        on visible_states.valid_until = until_day.date_day
    left join month_ends as until_month
        on
            until_month.calendar = '{{ calendar }}'
            and until_day.{{ calendar }}_month_start = until_month.month_start
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
        monetary,
        lag(last_order_date) over months as previous_last_order_date,
        lag(frequency) over months as previous_frequency
    from spans
    where from_index < until_index
    window months as (partition by calendar, customer_id order by from_index)

)

select * from final
