{#- Money a unit, to four decimals, half away from zero, exact; null where there is no unit. -#}
{%- macro money_per(money, units) -%}
    {{- adapter.dispatch('money_per', 'retention_marts')(money, units) -}}
{%- endmacro -%}

{%- macro duckdb__money_per(money, units) -%}
    cast(
        case when {{ money }} < 0 then -1 else 1 end
        * (
            (2 * cast(abs({{ money }}) * 10000 as hugeint) + {{ units }})
            // nullif(2 * {{ units }}, 0)
        ) as decimal(38, 4)
    ) * cast(0.0001 as decimal(5, 4))
{%- endmacro -%}

{%- macro spark__money_per(money, units) -%}
    cast({{ money }} / nullif({{ units }}, 0) as decimal(38, 4))
{%- endmacro -%}
