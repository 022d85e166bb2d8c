{#- The part of a sum of money that falls to part ÷ whole, to four decimals, half away from zero,
    exact; null where the whole is empty. -#}
{%- macro money_share(money, part, whole) -%}
    {{- adapter.dispatch('money_share', 'retention_marts')(money, part, whole) -}}
{%- endmacro -%}

{#- Below 100,000 the products fit into 64 bits: three times as fast, measured on 2M rows. -#}
{%- macro duckdb__money_share(money, part, whole) -%}
    case
        {%- for width, integer in [(18, 'bigint'), (38, 'hugeint')] %}
        {{ 'when abs(' ~ money ~ ') < 100000 and ' ~ whole ~ ' < 100000 then' if loop.first else 'else' }}
            cast(
                case when {{ money }} < 0 then -1 else 1 end
                * (
                    (
                        2
                        * cast(abs(cast({{ money }} as decimal({{ width }}, 4))) * 10000 as {{ integer }})
                        * cast(cast({{ part }} as decimal({{ width }}, 4)) * 10000 as {{ integer }})
                        + cast(cast({{ whole }} as decimal({{ width }}, 4)) * 10000 as {{ integer }})
                    )
                    // nullif(
                        2 * cast(cast({{ whole }} as decimal({{ width }}, 4)) * 10000 as {{ integer }}), 0
                    )
                ) as decimal(38, 4)
            )
        {%- endfor %}
    end * cast(0.0001 as decimal(5, 4))
{%- endmacro -%}

{%- macro spark__money_share(money, part, whole) -%}
    cast({{ money }} * {{ part }} / nullif({{ whole }}, 0) as decimal(38, 4))
{%- endmacro -%}
