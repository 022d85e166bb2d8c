{#- Whether an incremental model starts anew: it was asked for, or what changed cannot be followed
    (raw.changes). In place of dbt's own macro of the name. -#}
{%- macro should_full_refresh() -%}
    {%- if flags.FULL_REFRESH or model.config.materialized != 'incremental' -%}
        {{- return(flags.FULL_REFRESH) -}}
    {%- endif -%}
    {{- return(run_query('select is_full from raw.changes').columns[0].values()[0]) -}}
{%- endmacro -%}
