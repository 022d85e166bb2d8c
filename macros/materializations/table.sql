{#- A table in one statement, in place of dbt's own materialization, which makes it under another
    name and renames it: eight statements a model, each of some milliseconds. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- do run_hooks_apart(pre_hooks) -%}
    {%- call statement('main', auto_begin=false) -%}
        begin;
        {{ replace_with_table(existing, target, compiled_code) }};
        commit
    {%- endcall -%}
    {%- do run_hooks_apart(post_hooks) -%}
    {{- return({'relations': [target]}) -}}
{% endmaterialization %}

{#- SQL that puts a query's rows in a table, whatever stood under its name; the columns' types and
    not-nulls are those of the contract where one is enforced. -#}
{%- macro replace_with_table(existing, target, query) -%}
    {%- if existing is not none and not existing.is_table -%}
    drop {{ existing.type }} {{ existing }};
    {% endif -%}
    {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(query) }}
    create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
    insert into {{ target }} {{ get_column_names() }} ({{ get_select_subquery(query) }})
    {%- else -%}
    create or replace table {{ target }} as (
        {{ query }}
    )
    {%- endif -%}
{%- endmacro -%}

{#- A model's hooks, before or after its own transaction. -#}
{%- macro run_hooks_apart(hooks) -%}
    {%- if hooks -%}
        {%- do run_hooks(hooks, inside_transaction=true) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro -%}
