{#- Leave in schema raw only the rows known on a day: event and, where there is one, version time
    lie on it or before, read as the ledgers read them; an item or a refund also needs an order that
    is known by then. What cannot be read stays, to be rejected. -#}
{%- macro hide_later_rows(known_at) -%}
    {%- set contract = raw_contract() -%}
    {%- for table in ['orders'] + contract | reject('equalto', 'orders') | list -%}
        {%- set columns = contract[table].columns -%}
        {%- set known = [] -%}
        {%- for name, meta in columns.items() if meta.get('event') or meta.get('version') -%}
            {%- set known_on = read_business_date(name, read_utc(name)) -%}
            {%- do known.append(
                'coalesce((' ~ known_on ~ ") <= cast('" ~ known_at ~ "' as date), true)"
            ) -%}
        {%- endfor -%}
        {%- if table != 'orders' and 'order_id' in columns -%}
            {%- do known.append(
                'coalesce(' ~ trim_text('order_id')
                ~ ' not in (select order_id from raw.hidden_orders), true)'
            ) -%}
        {%- endif -%}
        {%- if known -%}
            {%- do run_query('drop view if exists raw.' ~ table ~ '_later') -%}
            {%- do run_query('alter view raw.' ~ table ~ ' rename to ' ~ table ~ '_later') -%}
            {%- do run_query(
                'create view raw.' ~ table ~ ' as select * from raw.' ~ table ~ '_later where '
                ~ known | join(' and ')
            ) -%}
        {%- endif -%}
        {%- if table == 'orders' -%}
            {%- do run_query(
                'create or replace table raw.hidden_orders as select order_id from ('
                ~ 'select ' ~ trim_text('order_id') ~ ' as order_id from raw.orders_later except '
                ~ 'select ' ~ trim_text('order_id') ~ ' from raw.orders'
                ~ ') as later where order_id is not null'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
