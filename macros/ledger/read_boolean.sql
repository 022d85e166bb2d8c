{#- A raw consent as a boolean: yes-words, no-words and unknown (no); null where it cannot be read. -#}
{%- macro read_boolean(value) -%}
    case lower({{ trim_text(value) }})
        {%- for word in ['true', 't', 'yes', 'y', '1', 'on'] %}
        when '{{ word }}' then true
        {%- endfor %}
        {%- for word in ['false', 'f', 'no', 'n', '0', 'off', 'unknown'] %}
        when '{{ word }}' then false
        {%- endfor %}
    end
{%- endmacro -%}
