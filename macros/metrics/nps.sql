{#- Net Promoter Score, -100 to 100 (Reichheld 2003): 100 × (promoters − detractors) ÷ answers. -#}
{%- macro nps(promoters, detractors, responses) -%}
    100 * {{ rate(promoters ~ ' - ' ~ detractors, responses) }}
{%- endmacro -%}

{#- Standard error of the score, in points: 100 √((p + d − (p − d)²) ÷ n), p and d as shares. -#}
{%- macro nps_standard_error(promoters, detractors, responses) -%}
    100 * sqrt(
        cast(
            ({{ promoters }} + {{ detractors }}) * {{ responses }}
            - ({{ promoters }} - {{ detractors }}) * ({{ promoters }} - {{ detractors }}) as double
        ) / nullif(cast({{ responses }} as double), 0)
    ) / nullif(cast({{ responses }} as double), 0)
{%- endmacro -%}

{#- The 97.5 % quantile of the normal distribution, for two-sided 95 % intervals. -#}
{%- macro normal_quantile_975() -%}
    1.959963984540054
{%- endmacro -%}
