{#- Chance that a standard normal value exceeds z ≥ 0: Hart's rational functions as West (2005) gives
    them, beyond 7.07 his continued fraction. Neither engine has erf. -#}
{%- macro normal_upper_tail(z) -%}
    case
        when {{ z }} < 7.07106781186547
            then
                exp(-{{ z }} * {{ z }} / 2)
                * {{ polynomial(z, [
                    220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383,
                    6.37396220353165, 0.700383064443688, 0.0352624965998911
                ]) }}
                / {{ polynomial(z, [
                    440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674,
                    86.7807322029461, 16.064177579207, 1.75566716318264, 0.0883883476483184
                ]) }}
        when {{ z }} < 38
            then
                exp(-{{ z }} * {{ z }} / 2) / 2.506628274631
                / ({{ z }} + 1 / ({{ z }} + 2 / ({{ z }} + 3 / ({{ z }} + 4 / ({{ z }} + 0.65)))))
        when {{ z }} is not null then cast(0 as double)
    end
{%- endmacro -%}

{#- c₀ + c₁x + c₂x² + …, by Horner. -#}
{%- macro polynomial(x, coefficients) -%}
    {%- set terms = namespace(sql='cast(' ~ coefficients[-1] ~ ' as double)') -%}
    {%- for coefficient in coefficients[:-1] | reverse -%}
        {%- set terms.sql = '(' ~ coefficient ~ ' + ' ~ x ~ ' * ' ~ terms.sql ~ ')' -%}
    {%- endfor -%}
    {{- terms.sql -}}
{%- endmacro -%}
