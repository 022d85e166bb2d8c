{#- The periods of a mart, without gaps, from the earliest visible event of its source tables to
    as_of: calendar, period_grain, period_start, period_end, visible_end, is_complete. None where
    the table `needed` has no row. -#}
{%- macro mart_periods(raw_tables, needed=none) -%}
    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        period_days.period_end,
        period_days.is_complete,
        max(period_days.date_day) as visible_end
    from {{ ref('intermediate__period_days') }} as period_days
    inner join (
        select min(first_event_date) as first_event_date
        from {{ ref('intermediate__source_ranges') }}
        where raw_table in ('{{ raw_tables | join("', '") }}')
    ) as source_range
        on period_days.period_end >= source_range.first_event_date
    {%- if needed %}
    inner join {{ ref('intermediate__source_ranges') }} as needed
        on needed.raw_table = '{{ needed }}' and needed.has_rows
    {%- endif %}
    group by 1, 2, 3, 4, 5
{%- endmacro -%}
