{#- Orders expected within clv_horizon_weeks, each discounted from its day at clv_discount_rate a
    year of 52 weeks. `orders` is the prefix of the columns with the expected orders of the spans of
    forecast_horizons. By parts: what is left of all orders at the end, and the discount lost on the
    way, D(H) = e^-dH E(H) + d * integral of e^-ds E(s). -#}
{%- macro discounted_orders(orders) -%}
    {%- set horizons = forecast_horizons() -%}
    {%- if var('clv_discount_rate') | float == 0 -%}
        {{ orders }}horizon
    {%- else -%}
        {%- set force = 'ln(1 + ' ~ var('clv_discount_rate') ~ ') / 364' -%}
        exp(-{{ force }} * {{ horizons.horizon }}) * {{ orders }}horizon
        {%- for _, weight in gauss_legendre() %}
        {%- set name = 'discount_' ~ loop.index %}
        + {{ force }} * {{ horizons.horizon }} / 2 * {{ weight }}
        * exp(-{{ force }} * {{ horizons[name] }}) * {{ orders }}{{ name }}
        {%- endfor %}
    {%- endif -%}
{%- endmacro -%}
