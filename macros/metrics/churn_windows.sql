{#- The churn windows, in days, that metrics.churn_sensitivity sets side by side. -#}
{%- macro churn_windows() -%}
    {{- return([30, 60, 90, 120, 180]) -}}
{%- endmacro -%}

{#- The shortest churn window in which somebody who bought on a day is still active on another. -#}
{%- macro shortest_window(order_date, active_on) -%}
    case
        {%- for days in churn_windows() | sort %}
        when {{ order_date }} >= cast({{ active_on }} - {{ days }} as date) then {{ days }}
        {%- endfor %}
    end
{%- endmacro -%}
