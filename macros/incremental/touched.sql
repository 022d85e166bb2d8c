{#- The incremental strategy `touched`: the rows of what was touched are deleted and made again.
    meta.touched_by names the model with the touched values of unique_key; without it the new rows
    say which (bad lines apart, whose numbers are their own); without a key all rows go. -#}
{%- macro get_incremental_touched_sql(arguments) -%}
    {%- set target_relation = arguments.target_relation -%}
    {%- set touched_by = config.get('meta', {}).get('touched_by') -%}
    {%- set keys = arguments.unique_key -%}
    delete from {{ target_relation }}
    {%- if touched_by %}
    where {{ keys }} in (select {{ keys }} from {{ ref(touched_by) }})
    {%- elif keys %}
    using {{ arguments.temp_relation }} as new_rows
    where
        {%- for key in keys %}
        {{ target_relation }}.{{ key }} = new_rows.{{ key }} and
        {%- endfor %}
        {{ target_relation }}.rejection is distinct from 'bad_line'
    {%- endif %};
    insert into {{ target_relation }} by name
    select * from {{ arguments.temp_relation }}
{%- endmacro -%}

{#- Where a build that goes on keeps the rows of what was touched as they were before it; of a model
    with meta.keeps_before. What was summed from them is taken off the sums of the build before. -#}
{%- macro before(model_name) -%}
    {%- set fact = ref(model_name) -%}
    {{- return(fact.incorporate(path={'identifier': fact.identifier ~ '__before'})) -}}
{%- endmacro -%}

{#- In a build that goes on from the one before, the condition that a row was touched. -#}
{%- macro only_touched(touched_by, key, keyword='where') -%}
    {%- if goes_on() or not execute -%}
    {{ keyword }} {{ key }} in (select {{ key }} from {{ ref(touched_by) }})
    {%- endif -%}
{%- endmacro -%}

{#- Whether a row of a ledger is new, has another verdict, or a moment of it was crossed by as_of,
    since the build before. -#}
{%- macro is_changed(table) -%}
    {%- set ledger = table ~ '_ledger' -%}
    (
        {{ ledger }}.run_number = run_context.run_number
        {%- for name, meta in raw_contract().get(table, {'columns': {}}).columns.items() %}
        {%- if meta.get('event') %}
        or (
            {{ ledger }}.event_date > least(run_context.previous_as_of, run_context.as_of)
            and {{ ledger }}.event_date <= greatest(run_context.previous_as_of, run_context.as_of)
        )
        {%- elif meta.type == 'timestamp' and not meta.get('future') %}
        or (
            {{ ledger }}.{{ name }}
            >= least(run_context.previous_as_of_end_at, run_context.as_of_end_at)
            and {{ ledger }}.{{ name }}
            < greatest(run_context.previous_as_of_end_at, run_context.as_of_end_at)
        )
        {%- endif %}
        {%- endfor %}
    )
{%- endmacro -%}
