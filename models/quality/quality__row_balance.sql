{% set tables = event_tables() %}
with {% for table in tables %}

{{ table }}_raw as (

    select count(*) as raw_rows
    from {{ source('raw', table) }}

),

{{ table }}_ledger as (

    select
        count(*) as ledger_rows,
        count(rejection) as rejected_rows
    from {{ ref('staging__' ~ table ~ '_ledger') }}

),

{{ table }}_superseded as (

    select count(*) as superseded_rows
    from {{ ref('staging__' ~ table ~ '_superseded') }}

),

{{ table }}_staged as (

    select count(*) as staged_rows
    from {{ ref('staging__' ~ table) }}

),
{% endfor %}

set_aside as (

    select raw_table
    from {{ source('raw', 'bad_lines') }}

),

bad_lines as (

    select
        raw_table,
        count(*) as bad_lines
    from set_aside
    group by raw_table

),

counts as (

    {% for table in tables %}
    select
        cast('{{ table }}' as varchar(40)) as raw_table,
        {{ table }}_raw.raw_rows,
        {{ table }}_ledger.ledger_rows,
        {{ table }}_ledger.rejected_rows,
        {{ table }}_superseded.superseded_rows,
        {{ table }}_staged.staged_rows
    from {{ table }}_raw
    cross join {{ table }}_ledger
    cross join {{ table }}_superseded
    cross join {{ table }}_staged
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        counts.raw_table,
        counts.raw_rows + coalesce(bad_lines.bad_lines, 0) as raw_rows,
        counts.rejected_rows,
        counts.superseded_rows,
        counts.ledger_rows - counts.rejected_rows - counts.superseded_rows - counts.staged_rows
            as not_yet_visible_rows,
        counts.staged_rows
    from counts
    left join bad_lines
        on counts.raw_table = bad_lines.raw_table

)

select * from final
