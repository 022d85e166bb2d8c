{#- One hash of every var that shapes what the purchase models are fitted to. -#}
{%- macro fit_fingerprint() -%}
    {%- set values = [] -%}
    {%- for name in [
        'not_counted_statuses', 'reporting_currency', 'business_timezone', 'source_timezone',
        'clv_horizon_weeks', 'fit_min_customers', 'renewal_months'
    ] -%}
        {%- do values.append([name, var(name)]) -%}
    {%- endfor -%}
    {{- return(local_md5(tojson(values))) -}}
{%- endmacro -%}
