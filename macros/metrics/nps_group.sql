{#- Reichheld's groups: promoter 9-10, passive 7-8, detractor 0-6. -#}
{%- macro nps_group(score) -%}
    cast(
        case
            when {{ score }} >= 9 then 'promoter'
            when {{ score }} >= 7 then 'passive'
            else 'detractor'
        end as varchar(20)
    )
{%- endmacro -%}
