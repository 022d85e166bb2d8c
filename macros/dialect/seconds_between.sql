{#- Seconds from one timestamp to another, each cut to its whole second. -#}
{%- macro seconds_between(start_at, end_at) -%}
    {{- adapter.dispatch('seconds_between', 'retention_marts')(start_at, end_at) -}}
{%- endmacro -%}

{%- macro duckdb__seconds_between(start_at, end_at) -%}
    date_diff('second', {{ start_at }}, {{ end_at }})
{%- endmacro -%}

{%- macro spark__seconds_between(start_at, end_at) -%}
    (unix_timestamp({{ end_at }}) - unix_timestamp({{ start_at }}))
{%- endmacro -%}
