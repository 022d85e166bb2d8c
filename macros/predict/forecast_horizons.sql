{#- The spans, in days, for which orders are forecast, as {name: days}: the published ones, the
    horizon of predicted_clv, and, where money is discounted, the five Gauss-Legendre points of it
    (name discount_1 … discount_5). -#}
{%- macro forecast_horizons() -%}
    {%- set horizon = 7 * var('clv_horizon_weeks') -%}
    {%- set horizons = {} -%}
    {%- for days in [30, 90, 180, 365] -%}
        {%- do horizons.update({days ~ '_days': days}) -%}
    {%- endfor -%}
    {%- do horizons.update({'horizon': horizon}) -%}
    {%- if var('clv_discount_rate') | float != 0 -%}
        {%- for place, _ in gauss_legendre() -%}
            {%- do horizons.update({'discount_' ~ loop.index: horizon * (1 + place) / 2}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(horizons) -}}
{%- endmacro -%}
