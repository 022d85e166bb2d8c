{#- Two columns for a sum of money: what fits decimal(18, 4), nearly always all of it, and the rest.
    DuckDB reads the first a hundred times as fast as one decimal(38, 4). -#}
{%- macro pack_money(amount, name) -%}
    case
        when {{ amount }} is not null
            then coalesce(try_cast({{ amount }} as decimal(18, 4)), 0)
    end as {{ name }}_packed,
    cast(
        case
            when try_cast({{ amount }} as decimal(18, 4)) is null then coalesce({{ amount }}, 0)
            else 0
        end as decimal(38, 4)
    ) as {{ name }}_excess
{%- endmacro -%}

{#- The sum of money that pack_money split; null where that was null. -#}
{%- macro unpack_money(name) -%}
    cast({{ name }}_packed + {{ name }}_excess as decimal(38, 4))
{%- endmacro -%}
