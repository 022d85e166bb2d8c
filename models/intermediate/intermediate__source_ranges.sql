{% set tables = event_tables() | reject('in', ['order_items', 'fx_rates']) | list %}
with {% for table in tables %}

{{ table }} as (

    select
        cast('{{ table }}' as varchar(40)) as raw_table,
        min(event_date) as first_event_date,
        count(*) > 0 as has_rows
    from {{ ref('staging__' ~ table) }}

),
{% endfor %}

final as (

    {% for table in tables %}
    select
        raw_table,
        first_event_date,
        has_rows
    from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
