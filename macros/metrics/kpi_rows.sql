{#- The rows of metrics.kpis that one catalog entry makes of a CTE named after its mart. -#}
{%- macro kpi_rows(entry) -%}
    {%- set figures = kpi_figures(entry) -%}
    {%- set cells = 'wide_' ~ entry.mart -%}
    select
        {{ cells }}.calendar,
        {{ cells }}.period_grain,
        {{ cells }}.period_start,
        {{ cells }}.period_end,
        {{ cells }}.is_complete,
        figures.metric,
        figures.kind,
        {%- for part in ['value', 'numerator', 'denominator'] %}
        case figures.metric
            {%- for figure in figures %}
            when '{{ figure.metric }}' then {{ cells }}.{{ figure.name }}_{{ part }}
            {%- endfor %}
        end as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            calendar,
            period_grain,
            period_start,
            period_end,
            is_complete
            {%- for figure in figures %}
            {%- for part in ['value', 'numerator', 'denominator'] %},
            cast({{ figure[part] }} as double) as {{ figure.name }}_{{ part }}
            {%- endfor %}
            {%- endfor %}
        from {{ entry.mart }}
        {%- if entry.get('rows') %}
        where {{ entry.rows }}
        {%- endif %}
        {%- if entry.get('summed') %}
        group by 1, 2, 3, 4, 5
        {%- endif %}
    ) as {{ cells }}
    cross join (
        values
        {%- for figure in figures %}
        ('{{ figure.metric }}', '{{ figure.kind }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as figures (metric, kind)
{%- endmacro -%}
