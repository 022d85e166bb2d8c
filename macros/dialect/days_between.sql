{#- Whole days from one date to another. -#}
{%- macro days_between(start_date, end_date) -%}
    {{- adapter.dispatch('days_between', 'retention_marts')(start_date, end_date) -}}
{%- endmacro -%}

{%- macro duckdb__days_between(start_date, end_date) -%}
    date_diff('day', {{ start_date }}, {{ end_date }})
{%- endmacro -%}

{%- macro spark__days_between(start_date, end_date) -%}
    datediff({{ end_date }}, {{ start_date }})
{%- endmacro -%}
