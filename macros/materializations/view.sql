{#- A view in one statement, as the materialization table. -#}
{% materialization view, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- do run_hooks_apart(pre_hooks) -%}
    {%- call statement('main', auto_begin=false) -%}
        {%- if existing is not none and not existing.is_view -%}
        drop {{ existing.type }} {{ existing }};
        {% endif -%}
        create or replace view {{ target }} as (
            {{ compiled_code }}
        )
    {%- endcall -%}
    {%- do run_hooks_apart(post_hooks) -%}
    {{- return({'relations': [target]}) -}}
{% endmaterialization %}
