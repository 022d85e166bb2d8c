{#- Chance that a chi-square value with df whole degrees of freedom, 1 to 99, exceeds x ≥ 0: the
    finite sum of its density's parts (for an odd df behind the normal tail). Null for more. -#}
{%- macro chi_square_upper_tail(x, df) -%}
    {%- set odd = '(' ~ df ~ ' % 2)' -%}
    {%- set sum = namespace(sql='1') -%}
    {%- for step in range(49, 0, -1) -%}
        {%- set sum.sql -%}
            (1 + case
                when {{ df }} > {{ 2 * step }} + {{ odd }}
                    then {{ x }} / ({{ 2 * step }} + {{ odd }}) * {{ sum.sql }}
                else 0
            end)
        {%- endset -%}
    {%- endfor -%}
    case
        when {{ df }} > 99 then null
        when {{ df }} = 1 then 2 * {{ normal_upper_tail('sqrt(' ~ x ~ ')') }}
        when {{ odd }} = 1
            then
                2 * {{ normal_upper_tail('sqrt(' ~ x ~ ')') }}
                + exp(-{{ x }} / 2) * sqrt(2 * {{ x }} / 3.141592653589793) * {{ sum.sql }}
        when {{ df }} > 0 then exp(-{{ x }} / 2) * {{ sum.sql }}
    end
{%- endmacro -%}
