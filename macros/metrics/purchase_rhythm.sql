{#- How often a customer buys, by the median of the days between his order days (null: once). -#}
{%- macro purchase_rhythm(median_days) -%}
    cast(
        case
            when {{ median_days }} is null then 'once'
            when {{ median_days }} <= 10 then 'weekly'
            when {{ median_days }} <= 21 then 'fortnightly'
            when {{ median_days }} <= 45 then 'monthly'
            when {{ median_days }} <= 135 then 'quarterly'
            else 'seldom'
        end as varchar(20)
    )
{%- endmacro -%}
