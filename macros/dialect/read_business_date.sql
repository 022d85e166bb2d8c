{#- The business date of a raw timestamp: a value without a time of day is one already. -#}
{%- macro read_business_date(value, utc_timestamp) -%}
    {{- adapter.dispatch('read_business_date', 'retention_marts')(value, utc_timestamp) -}}
{%- endmacro -%}

{%- macro duckdb__read_business_date(value, utc_timestamp) -%}
    {%- set text = trim_text(value) -%}
    {%- if var('business_timezone') == 'UTC' -%}
        {{ business_date(utc_timestamp) }}
    {%- else -%}
    case
        when typeof({{ value }}) = 'DATE' then try_cast({{ value }} as date)
        when typeof({{ value }}) in ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE')
            then {{ business_date(utc_timestamp) }}
        when {{ matches_pattern(text, iso_date_pattern()) }} then try_cast({{ text }} as date)
        else {{ business_date(utc_timestamp) }}
    end
    {%- endif -%}
{%- endmacro -%}

{%- macro spark__read_business_date(value, utc_timestamp) -%}
    case
        when {{ matches_pattern(trim_text(value), iso_date_pattern()) }} then try_cast({{ value }} as date)
        else {{ business_date(utc_timestamp) }}
    end
{%- endmacro -%}
