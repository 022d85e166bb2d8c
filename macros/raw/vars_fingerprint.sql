{#- One hash of every var that shapes the marts. -#}
{%- macro vars_fingerprint() -%}
    {%- set values = [] -%}
    {%- for name in [
        'churn_after_days', 'rfm_window_days', 'activation_days', 'not_counted_statuses',
        'reporting_currency', 'business_timezone', 'source_timezone', 'nps_follow_up_days',
        'repeat_within_days', 'max_rejected_share', 'clv_horizon_weeks', 'clv_discount_rate',
        'fit_min_customers', 'renewal_months', 'churn_risk_high_below', 'churn_risk_medium_below'
    ] -%}
        {%- do values.append([name, var(name)]) -%}
    {%- endfor -%}
    {{- return(local_md5(tojson(values))) -}}
{%- endmacro -%}
