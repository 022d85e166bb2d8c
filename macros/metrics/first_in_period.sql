{#- Whether a dated row is its owner's first in a period: the one before lies before the period.
    calendar_days must be joined on the row's own date. -#}
{%- macro first_in_period(previous_date, calendar, grain) -%}
    ({{ previous_date }} is null or {{ previous_date }} < calendar_days.{{ calendar }}_{{ grain }}_start)
{%- endmacro -%}
