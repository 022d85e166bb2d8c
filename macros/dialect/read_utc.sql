{#- A raw timestamp, of whatever type it came, as a UTC timestamp; null where it cannot be read.
    Text: ISO 8601, extended form. A date alone is midnight of that business date. -#}
{%- macro read_utc(value) -%}
    {{- adapter.dispatch('read_utc', 'retention_marts')(value) -}}
{%- endmacro -%}

{%- macro duckdb__read_utc(value) -%}
    {%- set text = trim_text(value) -%}
    case
        when typeof({{ value }}) = 'TIMESTAMP'
            then {{ zone_to_utc('try_cast(' ~ value ~ ' as timestamp)', var('source_timezone')) }}
        when typeof({{ value }}) = 'TIMESTAMP WITH TIME ZONE'
            then timezone('UTC', try_cast({{ value }} as timestamptz))
        when typeof({{ value }}) = 'DATE'
            then {{ zone_to_utc('try_cast(' ~ value ~ ' as timestamp)', var('business_timezone')) }}
        when {{ value }} is null then null
        when {{ matches_pattern(text, iso_date_pattern()) }}
            then {{ zone_to_utc('try_cast(' ~ text ~ ' as timestamp)', var('business_timezone')) }}
        when {{ matches_pattern(text, iso_date_pattern() ~ iso_time_pattern()) }}
            then {{ zone_to_utc('try_cast(upper(' ~ text ~ ') as timestamp)', var('source_timezone')) }}
        when {{ matches_pattern(text, iso_date_pattern() ~ iso_time_pattern() ~ iso_offset_pattern()) }}
            then timezone('UTC', try_cast(
                regexp_replace(
                    regexp_replace(upper({{ text }}), '([ T]\d{2}:\d{2}) ?([Z+-])', '\1:00\2'),
                    ' ([Z+-])', '\1'
                ) as timestamptz
            ))
    end
{%- endmacro -%}

{%- macro spark__read_utc(value) -%}
    case
        when {{ matches_pattern(trim_text(value), iso_date_pattern()) }}
            then to_utc_timestamp(try_cast({{ value }} as timestamp), '{{ var("business_timezone") }}')
        when {{ matches_pattern(trim_text(value), iso_date_pattern() ~ iso_time_pattern()) }}
            then to_utc_timestamp(try_cast({{ value }} as timestamp), '{{ var("source_timezone") }}')
        else try_cast({{ value }} as timestamp)
    end
{%- endmacro -%}

{%- macro iso_date_pattern() -%}
    {{- return('\\d{4}-\\d{2}-\\d{2}') -}}
{%- endmacro -%}

{%- macro iso_time_pattern() -%}
    {{- return('[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?') -}}
{%- endmacro -%}

{%- macro iso_offset_pattern() -%}
    {{- return(' ?([Zz]|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)') -}}
{%- endmacro -%}
