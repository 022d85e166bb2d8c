{#- The UTC timestamp at which a business date is over. Where the clocks go back at midnight, the next
    day begins when they first show it. -#}
{%- macro end_of_day(day) -%}
    {%- set next_day = 'cast(' ~ day ~ ' + 1 as date)' -%}
    {%- set midnight = zone_to_utc(
        'cast(' ~ day ~ ' + 1 as timestamp)', var('business_timezone')
    ) -%}
    {%- set hour_before = 'cast(' ~ midnight ~ " - interval '1 hour' as timestamp)" -%}
    {%- if var('business_timezone') == 'UTC' -%}
    {{ midnight }}
    {%- else -%}
    case
        when {{ business_date(hour_before) }} = {{ next_day }} then {{ hour_before }}
        else {{ midnight }}
    end
    {%- endif -%}
{%- endmacro -%}
