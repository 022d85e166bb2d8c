{#- Whether a value that is not blank could not be read. -#}
{%- macro unread_value(name) -%}
    case
        when {{ name }} is not null or raw_{{ name }} is null then false
        else {{ trim_text('raw_' ~ name) }} is not null
    end
{%- endmacro -%}
