{#- A table that goes on from the build before, in one statement, as the materialization table. -#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- do run_hooks_apart(pre_hooks) -%}
    {%- call statement('main', auto_begin=false) -%}
        begin;
        {% if existing is none or not existing.is_table or should_full_refresh() -%}
        {{ replace_with_table(existing, target, compiled_code) }};
        {%- else -%}
        {%- set new_rows = make_temp_relation(target) -%}
        create temporary table {{ new_rows }} as (
            {{ compiled_code }}
        );
        {% set meta = config.get('meta', {}) -%}
        {% if meta.get('keeps_before') -%}
        create or replace table {{ target.incorporate(path={'identifier': target.identifier ~ '__before'}) }} as (
            select *
            from {{ target }}
            where
                {{ config.get('unique_key') }} in (
                    select {{ config.get('unique_key') }}
                    from {{ ref(meta.get('touched_by')) }}
                )
        );
        {% endif -%}
        {{ get_incremental_touched_sql({
            'target_relation': target,
            'temp_relation': new_rows,
            'unique_key': config.get('unique_key')
        }) }};
        drop table {{ new_rows }};
        {%- endif %}
        commit
    {%- endcall -%}
    {%- do run_hooks_apart(post_hooks) -%}
    {{- return({'relations': [target]}) -}}
{% endmaterialization %}
