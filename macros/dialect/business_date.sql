{#- The business date of a UTC timestamp. -#}
{%- macro business_date(utc_timestamp) -%}
    {{- adapter.dispatch('business_date', 'retention_marts')(utc_timestamp) -}}
{%- endmacro -%}

{%- macro duckdb__business_date(utc_timestamp) -%}
    {%- if var('business_timezone') == 'UTC' -%}
        cast({{ utc_timestamp }} as date)
    {%- else -%}
        cast(timezone('{{ var("business_timezone") }}', timezone('UTC', {{ utc_timestamp }})) as date)
    {%- endif -%}
{%- endmacro -%}

{%- macro spark__business_date(utc_timestamp) -%}
    cast(from_utc_timestamp({{ utc_timestamp }}, '{{ var("business_timezone") }}') as date)
{%- endmacro -%}
