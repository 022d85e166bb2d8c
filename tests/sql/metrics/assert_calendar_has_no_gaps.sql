-- Prevents: a day outside its periods, and a day or period that is missing or doubled.
with calendar as (

    select *
    from {{ ref('metrics__calendar') }}

),

neighbours as (

    select
        *,
        lag(date_day) over days as previous_day,
        {% for calendar, grain in period_kinds() %}
        lag({{ calendar }}_{{ grain }}_start) over days
            as previous_{{ calendar }}_{{ grain }}_start,
        lag({{ calendar }}_{{ grain }}_end) over days
            as previous_{{ calendar }}_{{ grain }}_end{{ ',' if not loop.last }}
        {% endfor %}
    from calendar
    window days as (order by date_day)

),

final as (

    select date_day
    from neighbours
    where
        date_day <> previous_day + 1
        {% for calendar, grain in period_kinds() %}
        {% set prefix = calendar ~ '_' ~ grain %}
        or date_day not between {{ prefix }}_start and {{ prefix }}_end
        or (
            date_day = {{ prefix }}_start
            and previous_day <> previous_{{ prefix }}_end
        )
        or (
            date_day <> {{ prefix }}_start
            and (
                previous_{{ prefix }}_start <> {{ prefix }}_start
                or previous_{{ prefix }}_end <> {{ prefix }}_end
            )
        )
        {% endfor %}

)

select * from final
