{#- One hash of every var that shapes the marts. -#}
{%- macro vars_fingerprint() -%}
    {%- set values = [] -%}
    {%- for name in [
        'churn_after_days', 'rfm_window_days', 'activation_days', 'not_counted_statuses',
        'reporting_currency', 'business_timezone', 'source_timezone', 'nps_follow_up_days',
        'repeat_within_days', 'attribution_days', 'experiment_lookback_days',
        'max_contacts_per_days', 'holdout_share', 'audiences', 'max_rejected_share'
    ] -%}
        {%- do values.append([name, var(name)]) -%}
    {%- endfor -%}
    {{- return(local_md5(tojson(values))) -}}
{%- endmacro -%}
