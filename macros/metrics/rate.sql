{#- A share of two exact counts or sums, divided once; null where the denominator is empty. -#}
{%- macro rate(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro -%}
