{#- Fails for each key that more than one row has; nulls are equal values. Hashes of keys are counted
    first, about rows_at_once at a time, and rows compared only where a hash comes twice: what DuckDB
    keeps in memory of facts with deleted rows, which it does not reckon with when it sets out to
    group, leaves no room for all keys of a large one at once. -#}
{% test unique_grain(model, columns, rows_at_once=10000000) %}
    {%- set keys = columns | join(', ') %}
    {%- set sizes = run_query(
        'select estimated_size from duckdb_tables()'
        " where database_name = '" ~ model.database ~ "' and schema_name = '" ~ model.schema ~ "'"
        " and table_name = '" ~ model.identifier ~ "'"
    ).columns[0].values() if execute else [] %}
    {%- set passes = 1 + (sizes | sum) // rows_at_once %}
    with hashes as (
        {%- for number in range(passes) %}
        select hash({{ keys }}) as key_hash
        from {{ model }}
        where hash({{ keys }}) % {{ passes }} = {{ number }}
        group by all
        having count(*) > 1
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )

    select {{ keys }}
    from {{ model }}
    where hash({{ keys }}) in (select key_hash from hashes)
    group by {{ keys }}
    having count(*) > 1
{% endtest %}
