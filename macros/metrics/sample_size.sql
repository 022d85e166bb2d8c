{#- Customers that each of two equal arms needs, so that a two-sided test at 5 % finds a wished
    effect with a power of 80 %: (1.96 + 0.84)² (variance + variance with the effect) ÷ effect². -#}
{%- macro sample_size(effect, variance, treated_variance) -%}
    {%- set units -%}
        ceil(
            {{ detectable_standard_errors() }} * {{ detectable_standard_errors() }}
            * (cast({{ variance }} as double) + {{ treated_variance }})
            / nullif(cast({{ effect }} as double) * {{ effect }}, 0)
        )
    {%- endset -%}
    case when {{ units }} < 1e18 then cast({{ units }} as bigint) end
{%- endmacro -%}

{#- A difference of so many standard errors is found at 5 %, two-sided, with a power of 80 %: the
    97.5 % and the 80 % quantile of the normal distribution. -#}
{%- macro detectable_standard_errors() -%}
    ({{ normal_quantile_975() }} + 0.8416212335729143)
{%- endmacro -%}
