{#- Leave in schema raw only the rows known on a day: event and, where there is one, version time
    lie on it or before, read as the ledgers read them. What cannot be read stays, to be rejected.
    A table without either (order items) loses the rows of the orders that are not known yet. -#}
{%- macro hide_later_rows(known_at) -%}
    {%- for table, spec in raw_contract().items() -%}
        {%- set known = [] -%}
        {%- for name, meta in spec.columns.items() if meta.get('event') or meta.get('version') -%}
            {%- set known_on = read_business_date(name, read_utc(name)) -%}
            {%- do known.append(
                'coalesce(' ~ known_on ~ " <= cast('" ~ known_at ~ "' as date), true)"
            ) -%}
        {%- endfor -%}
        {%- if not known and 'order_id' in spec.columns -%}
            {%- set order_ids = "select trim(cast(order_id as varchar)) from raw.orders" -%}
            {%- do known.append(
                'coalesce(trim(cast(order_id as varchar)) not in (select order_id from ('
                ~ order_ids ~ '_later except ' ~ order_ids
                ~ ') as later (order_id) where order_id is not null), true)'
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
    {%- endfor -%}
{%- endmacro -%}
