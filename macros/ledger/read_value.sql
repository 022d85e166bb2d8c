{#- A raw value as its declared type; null where it is blank or cannot be read. -#}
{%- macro read_value(value, meta) -%}
    {%- if meta.type in ('id', 'text') -%}
        {%- if meta.get('privacy') == 'hash' -%}
            {{ salted_hash(value) }}
        {%- else -%}
            {{ read_text(value, meta) }}
        {%- endif -%}
    {%- elif meta.type == 'timestamp' -%}
        {{ read_utc(value) }}
    {%- elif meta.type == 'boolean' -%}
        {{ read_boolean(value) }}
    {%- elif meta.type == 'rate' -%}
        {{ read_decimal(value, 'decimal(24, 14)') }}
    {%- elif meta.get('sign') == 'absolute' -%}
        abs({{ read_decimal(value, 'decimal(18, 4)') }})
    {%- else -%}
        {{ read_decimal(value, 'decimal(18, 4)') }}
    {%- endif -%}
{%- endmacro -%}
