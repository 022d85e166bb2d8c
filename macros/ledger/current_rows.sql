{#- What counts of a raw table as of as_of: not rejected, not superseded, visible.
    visible_orders: the orders of which one must be; has_rate: money into reporting currency. -#}
{%- macro current_rows(table, visible_orders=none, has_rate=false) -%}
{%- set spec = raw_contract().get(table, {'columns': {}, 'meta': {}}) -%}
{%- set event = namespace(name=none) -%}
{%- for name, meta in spec.columns.items() if meta.get('event') -%}
    {%- set event.name = name -%}
{%- endfor -%}
with ledger as (

    select * from {{ ref('staging__' ~ table ~ '_ledger') }}

),

superseded as (

    select
        file_name,
        file_row
    from {{ ref('staging__' ~ table ~ '_superseded') }}

),

run_context as (

    select
        as_of,
        as_of_end_at
    from {{ ref('staging__run_context') }}

),

{%- if visible_orders %}

visible_orders as (

    select order_id
    from {{ visible_orders }}

),
{%- endif %}

final as (

    select
        {%- for name, meta in spec.columns.items() if meta.get('privacy') != 'drop' %}
        {%- if meta.type == 'timestamp' and not meta.get('event') and not meta.get('future') %}
        case
            when ledger.{{ name }} < run_context.as_of_end_at then ledger.{{ name }}
        end as {{ name }},
        {%- elif meta.type == 'money' and has_rate %}
        {{ converted('ledger.' ~ name, 'ledger.fx_rate') }} as {{ name }},
        {%- else %}
        ledger.{{ name }}{{ '_hash' if meta.get('privacy') == 'hash' }},
        {%- endif %}
        {%- endfor %}
        {%- if event.name %}
        ledger.event_date,
        {%- endif %}
        {%- if has_rate %}
        ledger.fx_rate,
        {%- endif %}
        ledger.file_name,
        ledger.file_row
    from ledger
    cross join run_context
    left join superseded
        on
            ledger.file_row = superseded.file_row
            and ledger.file_name = superseded.file_name
    {%- if visible_orders %}
    inner join visible_orders
        on ledger.order_id = visible_orders.order_id
    {%- endif %}
    where
        ledger.rejection is null
        and superseded.file_row is null
        {%- if event.name %}
        and (ledger.event_date <= run_context.as_of or ledger.event_date is null)
        {%- endif %}

)

select * from final
{%- endmacro -%}
