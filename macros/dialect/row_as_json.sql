{#- A JSON object as text from a mapping of key → expression. -#}
{%- macro row_as_json(cells) -%}
    {{- adapter.dispatch('row_as_json', 'retention_marts')(cells) -}}
{%- endmacro -%}

{%- macro duckdb__row_as_json(cells) -%}
    cast(to_json(struct_pack(
        {%- for name, expression in cells.items() %}
        {{ name }} := {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    )) as varchar)
{%- endmacro -%}

{%- macro spark__row_as_json(cells) -%}
    to_json(named_struct(
        {%- for name, expression in cells.items() %}
        '{{ name }}', {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    ), map('ignoreNullFields', 'false'))
{%- endmacro -%}
