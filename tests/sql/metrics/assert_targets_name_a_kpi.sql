-- A target that is never held against anything: its metric is misspelt, or no period of its
-- calendar and grain begins on its day.
{{ config(severity='warn') }}

with targets as (

    select
        metric,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__targets') }}

),

kpis as (

    select distinct metric
    from {{ ref('metrics__kpis') }}

),

period_starts as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        {{ calendar }}_{{ grain }}_start as period_start
    from {{ ref('staging__calendar_days') }}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

final as (

    select targets.*
    from targets
    left join kpis
        on targets.metric = kpis.metric
    left join period_starts
        on
            targets.calendar = period_starts.calendar
            and targets.period_grain = period_starts.period_grain
            and targets.period_start = period_starts.period_start
    where kpis.metric is null or period_starts.period_start is null

)

select * from final
