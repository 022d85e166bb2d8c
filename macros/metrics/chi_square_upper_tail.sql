{#- Chance that a chi-square value with df whole degrees of freedom, 1 to 99, exceeds x ≥ 0: the
    finite sum of half powers of x ÷ 2 over their gamma function, behind the normal tail where df is
    odd. Null for more. Both arguments stand many times in the result: hand in columns. -#}
{%- macro chi_square_upper_tail(x, df) -%}
    case
        when {{ x }} = 0 then cast(1 as double)
        when {{ df }} > 99 then null
        when {{ df }} % 2 = 1
            then 2 * {{ normal_upper_tail('sqrt(' ~ x ~ ')') }}{{ half_powers(x, df, 0.5) }}
        else 0{{ half_powers(x, df, 0) }}
    end
{%- endmacro -%}

{#- + e^(-x/2) (x/2)^p ÷ Γ(p + 1) for p = first, first + 1, … below df ÷ 2. -#}
{%- macro half_powers(x, df, first) -%}
    {%- set gamma = namespace(value=0.886226925452758 if first else 1.0) -%}
    {%- for step in range(50) -%}
        {%- set power = step + first -%}
        {%- if step -%}
            {%- set gamma.value = gamma.value * power -%}
        {%- endif %}
            + case
                when {{ df }} > {{ 2 * power }}
                    then exp({{ power }} * ln({{ x }} / 2) - ln({{ gamma.value }}) - {{ x }} / 2)
                else 0
            end
    {%- endfor -%}
{%- endmacro -%}
