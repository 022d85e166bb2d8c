{#- A raw number, of whatever type it came, as a decimal rounded half up; null where it cannot be
    read. A floating-point number is the decimal that it prints as: 0.00015, not 0.000149….
    Text: digits with an optional sign, point and exponent; no thousands separators. -#}
{%- macro read_decimal(value, type) -%}
    {{- adapter.dispatch('read_decimal', 'retention_marts')(value, type) -}}
{%- endmacro -%}

{%- macro duckdb__read_decimal(value, type) -%}
    case
        when typeof({{ value }}) in ('DOUBLE', 'FLOAT')
            then try_cast(cast({{ value }} as varchar) as {{ type }})
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
