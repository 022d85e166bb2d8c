{#- Whether the whole text matches a regular expression without anchors. -#}
{%- macro matches_pattern(text, pattern) -%}
    {{- adapter.dispatch('matches_pattern', 'retention_marts')(text, pattern) -}}
{%- endmacro -%}

{%- macro duckdb__matches_pattern(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro -%}

{%- macro spark__matches_pattern(text, pattern) -%}
    regexp_like({{ text }}, '^({{ pattern | replace("\\", "\\\\") }})$')
{%- endmacro -%}
