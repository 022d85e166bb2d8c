{#- Recency score 5 (newest) to 1 of one of n customers, `fewer_days` of whom ordered more recently.
    Whole-number arithmetic: equal values never get different scores. -#}
{%- macro recency_score(fewer_days, customers) -%}
    cast(
        case
            when {{ customers }} = 1 then 5
            else greatest(1, 5 - floor((5 * {{ fewer_days }}) / ({{ customers }} - 1)))
        end as integer
    )
{%- endmacro -%}

{#- Frequency or monetary score 1 to 5 of one of n customers, `smaller_values` of whom have less. -#}
{%- macro value_score(smaller_values, customers) -%}
    cast(
        case
            when {{ customers }} = 1 then 1
            else least(5, 1 + floor((5 * {{ smaller_values }}) / ({{ customers }} - 1)))
        end as integer
    )
{%- endmacro -%}
