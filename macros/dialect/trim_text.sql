{#- Text without white space (and no-break spaces) around it; blank text is null. -#}
{%- macro trim_text(value) -%}
    {{- adapter.dispatch('trim_text', 'retention_marts')(value) -}}
{%- endmacro -%}

{%- macro duckdb__trim_text(value) -%}
    nullif(trim(cast({{ value }} as varchar), e' \t\n\r' || chr(11) || chr(12) || chr(160)), '')
{%- endmacro -%}

{%- macro spark__trim_text(value) -%}
    nullif(trim(both ' \t\n\r\f\u000b\u00a0' from cast({{ value }} as string)), '')
{%- endmacro -%}
