{#- Run end: note the incremental models that were built; once all are of this run, note what the
    next run goes on from. -#}
{%- macro note_built(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set built = [] -%}
        {%- for result in results if result.status == 'success' -%}
            {%- if result.node.unique_id in incremental_models() -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if built -%}
            {%- do run_query(
                "insert into raw.built_models select unnest(['" ~ built | join("', '") ~ "']),"
                " run_number from raw.changes"
            ) -%}
            {%- if not unbuilt_models() -%}
                {%- do run_query(
                    'create or replace table raw.last_build as select changes.state,'
                    ' run_context.as_of from raw.changes cross join staging.run_context'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{#- The incremental models of the project, by unique id. -#}
{%- macro incremental_models() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- if node.config.materialized == 'incremental' -%}
            {%- do found.append(node.unique_id) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}

{#- The incremental models that the present run (raw.changes) has not built. -#}
{%- macro unbuilt_models() -%}
    {%- set built = run_query(
        'select unique_id from raw.built_models where run_number ='
        ' (select run_number from raw.changes)'
    ).columns[0].values() -%}
    {{- return(incremental_models() | reject('in', built) | list) -}}
{%- endmacro -%}

{#- What the last whole build left behind, as JSON; empty where a model has changed since. -#}
{%- macro last_build() -%}
    {%- do run_query('create table if not exists raw.last_build (state varchar, as_of date)') -%}
    {%- set state = run_query(
        'select json_merge_patch(state, json_object(\'as_of\', as_of)) from raw.last_build'
    ).columns[0].values() -%}
    {{- return(state[0] if state else '') -}}
{%- endmacro -%}

{#- Run start: an incremental model that is about to run may end half built, so that the next run
    must start anew unless this one reaches its end. -#}
{%- macro forget_last_build() -%}
    {%- do run_query(
        'create table if not exists raw.built_models (unique_id varchar, run_number bigint)'
    ) -%}
    {%- if incremental_models() | select('in', selected_resources | default([])) | list -%}
        {%- do run_query('delete from raw.last_build') -%}
        {%- do run_query('delete from raw.built_models') -%}
    {%- endif -%}
{%- endmacro -%}
