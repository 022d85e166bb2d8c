{#- The part of a sum of money that falls to part ÷ whole, to four decimals, half away from zero,
    exact; null where the whole is empty. -#}
{%- macro money_share(money, part, whole) -%}
    {{- adapter.dispatch('money_share', 'retention_marts')(money, part, whole) -}}
{%- endmacro -%}

{%- macro duckdb__money_share(money, part, whole) -%}
    cast(
        case when {{ money }} < 0 then -1 else 1 end
        * (
            (
                2 * cast(abs({{ money }}) * 10000 as hugeint) * cast({{ part }} * 10000 as hugeint)
                + cast({{ whole }} * 10000 as hugeint)
            )
            // nullif(2 * cast({{ whole }} * 10000 as hugeint), 0)
        ) as decimal(38, 4)
    ) * cast(0.0001 as decimal(5, 4))
{%- endmacro -%}

{%- macro spark__money_share(money, part, whole) -%}
    cast({{ money }} * {{ part }} / nullif({{ whole }}, 0) as decimal(38, 4))
{%- endmacro -%}
