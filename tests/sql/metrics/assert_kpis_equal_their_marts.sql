-- A figure quoted wrong, a period left out or one too many: kpis against each mart, both ways.
with quoted as (

    {% for entry in kpi_catalog() %}
    {% set mart = entry.mart %}
    {% for figure in kpi_figures(entry) %}
    select
        calendar,
        period_grain,
        period_start,
        '{{ figure.metric }}' as metric,
        cast({{ figure.value }} as double) as value
    from {{ ref('metrics__' ~ mart) }}
    {% if entry.get('rows') %}
    where {{ entry.rows }}
    {% endif %}
    {% if entry.get('summed') %}
    group by 1, 2, 3, 4
    {% endif %}
    union all
    {% endfor %}
    {% endfor %}
    select
        calendar,
        period_grain,
        period_start,
        metric,
        value
    from {{ ref('metrics__kpis') }}
    where false

),

kpis as (

    select
        calendar,
        period_grain,
        period_start,
        metric,
        value
    from {{ ref('metrics__kpis') }}

),

missing as (

    select * from quoted
    except all
    select * from kpis

),

surplus as (

    select * from kpis
    except all
    select * from quoted

),

final as (

    select * from missing
    union all
    select * from surplus

)

select * from final
