{#- A raw number, of whatever type it came, as a decimal rounded half up; null where it cannot be
    read. Text: digits with an optional sign, point and exponent; no thousands separators. -#}
{%- macro read_decimal(value, type) -%}
    {{- adapter.dispatch('read_decimal', 'retention_marts')(value, type) -}}
{%- endmacro -%}

{%- macro duckdb__read_decimal(value, type) -%}
    case
        when typeof({{ value }}) <> 'VARCHAR' then try_cast({{ value }} as {{ type }})
        when {{ matches_pattern(trim_text(value), number_pattern()) }}
            then try_cast({{ trim_text(value) }} as {{ type }})
    end
{%- endmacro -%}

{%- macro spark__read_decimal(value, type) -%}
    case
        when {{ matches_pattern(trim_text(value), number_pattern()) }}
            then try_cast({{ trim_text(value) }} as {{ type }})
    end
{%- endmacro -%}

{%- macro number_pattern() -%}
    {{- return('[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?') -}}
{%- endmacro -%}
