{#- A raw text as the warehouse keeps it: trimmed, masked, in the case its column declares. -#}
{%- macro read_text(value, meta) -%}
    {%- set text = mask_contact(value, is_id=meta.type == 'id') -%}
    {%- if meta.get('case') == 'upper' -%}
        upper({{ text }})
    {%- elif meta.get('case') == 'lower' -%}
        {%- if meta.get('default') -%}
            coalesce(lower({{ text }}), '{{ meta.default }}')
        {%- else -%}
            lower({{ text }})
        {%- endif -%}
    {%- elif meta.get('max_length') -%}
        case
            when length({{ trim_text(value) }}) > {{ meta.max_length }} then 'other'
            else {{ text }}
        end
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro -%}
