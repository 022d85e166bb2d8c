{#- The churn windows, in days, that metrics.churn_sensitivity sets side by side. -#}
{%- macro churn_windows() -%}
    {{- return([30, 60, 90, 120, 180]) -}}
{%- endmacro -%}
