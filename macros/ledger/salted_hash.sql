{#- SHA-256 of the lower-cased, trimmed value behind the salt of the environment (PII_SALT). -#}
{%- macro salted_hash(value) -%}
    {{ hash_text("settings.salt || lower(" ~ trim_text(value) ~ ")") }}
{%- endmacro -%}
