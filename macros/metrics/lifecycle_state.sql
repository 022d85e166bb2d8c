{#- The state of a customer on as_of, the first that matches; columns of the facts by their names. -#}
{%- macro lifecycle_state() -%}
    {%- set window = var('churn_after_days') -%}
    cast(
        case
            when last_order_date is null then 'prospect'
            when days_since_last_order >= {{ window }} then 'churned'
            when
                last_spell_number >= 2
                and {{ days_between('last_spell_from', 'as_of') }} <= 30
                then 'reactivated'
            when {{ days_between('first_order_date', 'as_of') }} <= 30 then 'new'
            when 3 * days_since_last_order > 2 * {{ window }} then 'at_risk'
            when order_days >= 3 and days_since_last_order > 2 * median_days_between_orders
                then 'at_risk'
            else 'active'
        end as varchar(20)
    )
{%- endmacro -%}
