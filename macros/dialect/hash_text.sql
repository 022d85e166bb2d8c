{#- SHA-256 in lower-case hex. -#}
{%- macro hash_text(text) -%}
    {{- adapter.dispatch('hash_text', 'retention_marts')(text) -}}
{%- endmacro -%}

{%- macro duckdb__hash_text(text) -%}
    sha256({{ text }})
{%- endmacro -%}

{%- macro spark__hash_text(text) -%}
    sha2({{ text }}, 256)
{%- endmacro -%}
