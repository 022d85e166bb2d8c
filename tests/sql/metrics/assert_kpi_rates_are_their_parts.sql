-- A rate whose published parts do not make it: numerator / denominator, money to four decimals.
with rates as (

    select *
    from {{ ref('metrics__kpis') }}
    where
        kind = 'rate'
        and metric not in (
            {% for entry in kpi_catalog() %}
            {% for figure in kpi_figures(entry) if figure.numerator == 'null' %}
            '{{ figure.metric }}',
            {% endfor %}
            {% endfor %}
            ''
        )

),

final as (

    select *
    from rates
    where
        (numerator is null or coalesce(denominator, 0) = 0) <> (value is null)
        or abs(value - numerator / nullif(denominator, 0))
        > 0.000051 + 0.000000001 * abs(value)

)

select * from final
