{#- Money a unit, to four decimals, half away from zero, exact; null where there is no unit. -#}
{%- macro money_per(money, units) -%}
    {{- adapter.dispatch('money_per', 'retention_marts')(money, units) -}}
{%- endmacro -%}

{#- Below 10^10 the products fit into 64 bits: ten times as fast, measured on 100k rows. -#}
{%- macro duckdb__money_per(money, units) -%}
    case
        {%- for width, integer in [(18, 'bigint'), (38, 'hugeint')] %}
        {{
            'when abs(' ~ money ~ ') < 10000000000 and abs(' ~ units ~ ') < 1000000000000000 then'
            if loop.first else 'else'
        }}
            cast(
                case when {{ money }} < 0 then -1 else 1 end
                * (
                    (
                        2
                        * cast(
                            abs(cast({{ money }} as decimal({{ width }}, 4))) * 10000
                            as {{ integer }}
                        )
                        + cast({{ units }} as {{ integer }})
                    )
                    // nullif(2 * cast({{ units }} as {{ integer }}), 0)
                ) as decimal(38, 4)
            )
        {%- endfor %}
    end * cast(0.0001 as decimal(5, 4))
{%- endmacro -%}

{%- macro spark__money_per(money, units) -%}
    cast({{ money }} / nullif({{ units }}, 0) as decimal(38, 4))
{%- endmacro -%}
