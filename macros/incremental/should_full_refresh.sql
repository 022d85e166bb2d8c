{#- Whether an incremental model starts anew: it was asked for, what changed cannot be followed
    (raw.changes), or a fact whose former rows it takes off its sums is not made in this run. In
    place of dbt's own macro of the name. -#}
{%- macro should_full_refresh() -%}
    {%- if flags.FULL_REFRESH or model.config.materialized != 'incremental' -%}
        {{- return(flags.FULL_REFRESH) -}}
    {%- endif -%}
    {%- for parent in model.depends_on.nodes -%}
        {%- if graph.nodes.get(parent, {}).get('config', {}).get('meta', {}).get('keeps_before') -%}
            {%- if parent not in (selected_resources | default([])) and parent in unbuilt_models() -%}
                {{- return(true) -}}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(run_query('select is_full from raw.changes').columns[0].values()[0]) -}}
{%- endmacro -%}
