{#- The UTC timestamp of a wall-clock timestamp in a zone. -#}
{%- macro zone_to_utc(wall_clock, zone) -%}
    {{- adapter.dispatch('zone_to_utc', 'retention_marts')(wall_clock, zone) -}}
{%- endmacro -%}

{%- macro duckdb__zone_to_utc(wall_clock, zone) -%}
    {%- if zone == 'UTC' -%}
        {{ wall_clock }}
    {%- else -%}
        timezone('UTC', timezone('{{ zone }}', {{ wall_clock }}))
    {%- endif -%}
{%- endmacro -%}

{%- macro spark__zone_to_utc(wall_clock, zone) -%}
    to_utc_timestamp({{ wall_clock }}, '{{ zone }}')
{%- endmacro -%}
