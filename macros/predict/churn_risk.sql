{#- Band of the risk that a customer has left for good; null where the chance is unknown. -#}
{%- macro churn_risk(probability_alive) -%}
    case
        when {{ probability_alive }} < {{ var('churn_risk_high_below') }} then 'high'
        when {{ probability_alive }} < {{ var('churn_risk_medium_below') }} then 'medium'
        when {{ probability_alive }} is not null then 'low'
    end
{%- endmacro -%}
