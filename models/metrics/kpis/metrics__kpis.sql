{% set marts = kpi_marts() %}
with {% for entry in marts %}

{{ entry.mart }} as (

    select *
    from {{ ref('metrics__' ~ entry.mart) }}

),
{% endfor %}

targets as (

    select *
    from {{ ref('intermediate__targets') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

figures as (

    {% for entry in marts %}
    {{ kpi_rows(entry) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Periods have no gaps: the row before is the period before.
compared as (

    select
        figures.*,
        case
            when figures.is_complete then 1
            else {{ rate(
                days_between('figures.period_start', 'run_context.as_of') ~ ' + 1',
                days_between('figures.period_start', 'figures.period_end') ~ ' + 1'
            ) }}
        end as elapsed_share,
        lag(figures.value, 1) over metric_periods as previous_value,
        case figures.period_grain
            {% for grain, periods in [('month', 12), ('quarter', 4), ('year', 1)] %}
            when '{{ grain }}' then lag(figures.value, {{ periods }}) over metric_periods
            {% endfor %}
        end as year_before_value
    from figures
    cross join run_context
    window metric_periods as (
        partition by figures.metric, figures.calendar, figures.period_grain
        order by figures.period_start
    )

),

final as (

    select
        compared.calendar,
        compared.period_grain,
        compared.period_start,
        cast(compared.metric as varchar(200)) as metric,
        compared.period_end,
        compared.is_complete,
        cast(compared.kind as varchar(20)) as kind,
        compared.value,
        compared.numerator,
        compared.denominator,
        {% for before in ['previous', 'year_before'] %}
        compared.{{ before }}_value,
        compared.value - compared.{{ before }}_value as change_from_{{ before }},
        (compared.value - compared.{{ before }}_value)
        / nullif(abs(compared.{{ before }}_value), 0) as change_rate_from_{{ before }},
        {% endfor %}
        compared.elapsed_share,
        case
            when compared.kind = 'total' then compared.value / compared.elapsed_share
        end as projected_value,
        targets.target,
        targets.direction,
        targets.owner,
        cast(
            case
                when targets.target is null then 'no_target'
                when not compared.is_complete then 'open'
                when targets.direction = 'min' and compared.value >= targets.target then 'met'
                when targets.direction = 'max' and compared.value <= targets.target then 'met'
                when compared.value is not null then 'missed'
            end as varchar(20)
        ) as status
    from compared
    left join targets
        on
            compared.metric = targets.metric
            and compared.calendar = targets.calendar
            and compared.period_grain = targets.period_grain
            and compared.period_start = targets.period_start

)

select * from final
