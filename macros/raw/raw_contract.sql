{#- The raw contract as a mapping: table → {meta, columns: {column: meta}}, from the sources; in a
    unit test, where dbt hides the graph, as the start of the run noted it. -#}
{%- macro raw_contract() -%}
    {%- set contract = {} -%}
    {%- if execute and not graph.sources -%}
        {%- do contract.update(
            fromjson(run_query('select contract from raw.contract').columns[0].values()[0])
        ) -%}
    {%- elif execute -%}
        {%- for source in graph.sources.values() if source.source_name == 'raw' -%}
            {%- if source.config.meta.kind in ('events', 'lookup') -%}
                {%- set columns = {} -%}
                {%- for column in source.columns.values() -%}
                    {%- do columns.update({column.name: column.config.meta or column.meta}) -%}
                {%- endfor -%}
                {%- do contract.update({source.name: {
                    'meta': source.config.meta, 'columns': columns
                }}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(contract) -}}
{%- endmacro -%}
