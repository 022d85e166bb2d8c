{#- The days of a mart, without gaps, from the earliest visible event of its source tables to
    as_of: date_day and day_number (1 = the first). -#}
{%- macro mart_days(raw_tables) -%}
    select
        period_days.date_day,
        row_number() over (order by period_days.date_day) as day_number
    from {{ ref('intermediate__period_days') }} as period_days
    inner join (
        select min(first_event_date) as first_event_date
        from {{ ref('intermediate__source_ranges') }}
        where raw_table in ('{{ raw_tables | join("', '") }}')
    ) as source_range
        on period_days.date_day >= source_range.first_event_date
    where
        period_days.calendar = 'gregorian'
        and period_days.period_grain = 'month'
{%- endmacro -%}
