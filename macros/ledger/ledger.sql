{#-
    Every row and version of a raw table once, typed, with its verdict (rejection is null: it may
    count). Nothing here depends on as_of. Generated from the contract's declaration of the table.
    parents: the orders of which one must stand, few_children: that most have no row here; fx_daily:
    rates, for a table with a currency.
    A later build reads the new files, and judges again what was rejected for what may have come
    since (its order, a rate, the day itself) and what a changed order or rate may touch.
-#}
{%- macro ledger(table, parents=none, fx_daily=none, few_children=false) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['file_name', 'file_row']
) }}
{%- set is_later = goes_on() -%}
{%- set spec = raw_contract().get(table, {'columns': {}, 'meta': {}}) -%}
{%- set columns = spec.columns -%}
{%- set raw_rows = source('raw', table) -%}
{%- set kept = [] -%}
{%- set event = namespace(name=none, is_day=false) -%}
{%- for name, meta in columns.items() -%}
    {%- if meta.get('privacy') != 'drop' -%}{%- do kept.append(name) -%}{%- endif -%}
    {%- if meta.get('event') -%}
        {%- set event.name = name -%}
        {%- set event.is_day = is_event_day(name, meta) -%}
    {%- endif -%}
{%- endfor -%}
with settings as (

    select
        salt.salt,
        run_request.run_at,
        run_request.run_number
    from {{ source('raw', 'salt') }} as salt
    cross join {{ source('raw', 'run_request') }} as run_request

),
{%- if fx_daily %}

fx_presence as (

    select is_present
    from {{ source('raw', 'tables') }}
    where raw_table = 'fx_rates'

),

fx_daily as (

    select
        rate_date,
        currency as rate_currency,
        rate
    from {{ fx_daily }}

),
{%- endif %}
{%- if is_later %}

rejected_lines as (

    select *
    from {{ this }}
    where
        own_rejection is null
        and rejection is not null

),
{%- if parents or fx_daily %}

{#- Imported apart: a name that is read twice is kept whole, with every column, until both have
    read it. #}
accepted_lines as (

    select *
    from {{ this }}
    where
        own_rejection is null
        and rejection is null

),
{%- endif %}
{%- if parents %}

changed_parents as (

    select distinct changed.order_id
    from {{ parents }} as changed
    inner join settings
        on changed.run_number = settings.run_number

),
{%- elif fx_daily %}

rated_lines as (

    select
        file_name,
        file_row,
        event_date,
        currency,
        fx_rate
    from {{ this }}
    where
        own_rejection is null
        and rejection is null
        and currency <> '{{ var("reporting_currency") | upper }}'

),

changed_rates as (

    select
        rated_lines.file_name,
        rated_lines.file_row
    from rated_lines
    inner join fx_daily
        on
            rated_lines.event_date = fx_daily.rate_date
            and rated_lines.currency = fx_daily.rate_currency
    where rated_lines.fx_rate is distinct from fx_daily.rate

),
{%- endif %}

ledger as (

    select *
    from rejected_lines
    {%- if parents %}
    union all
    select accepted_lines.*
    from accepted_lines
    inner join changed_parents
        on accepted_lines.order_id = changed_parents.order_id
    {%- elif fx_daily %}
    union all
    select accepted_lines.*
    from accepted_lines
    inner join changed_rates
        on
            accepted_lines.file_row = changed_rates.file_row
            and accepted_lines.file_name = changed_rates.file_name
    {%- endif %}

),

reviewed as (

    select
        ledger.*,
        {%- if event.name and not event.is_day %}
        ledger.{{ event.name }} as event_at,
        {%- endif %}
        ledger.rejection as former_rejection,
        {%- if fx_daily %}
        ledger.fx_rate as former_fx_rate,
        {%- endif %}
        settings.run_at
    from ledger
    cross join settings

),
{%- endif %}
{%- if parents %}
    {%- if is_later or few_children %}

child_orders as (

    select {{ read_value('source.order_id', columns.get('order_id', {})) }} as order_id
    from {{ raw_rows.schema ~ '.' ~ table ~ '_changed' if is_later else raw_rows }} as source
    cross join settings
    {%- if is_later %}
    union all
    select order_id
    from reviewed
    {%- endif %}

),
    {%- endif %}

parents as (

    select
        order_id,
        max(fx_rate) as fx_rate
    from {{ parents }}
    where
        rejection is null
        {%- if is_later or few_children %}
        and order_id in (
            select order_id
            from child_orders
        )
        {%- endif %}
    group by order_id

),
{%- endif %}
{%- if is_later %}

reviewed_verdicts as (

    {{ ledger_verdicts('reviewed', columns, event.name, 'parents' if parents, fx_daily) }}

),

reviewed_lines as (

    select
        file_name,
        file_row,
        {%- for name in kept %}
        {{ name }}{{ '_hash' if columns[name].get('privacy') == 'hash' }},
        {%- endfor %}
        {%- if event.name %}
        event_date,
        {%- endif %}
        {%- if event.is_day %}
        event_at,
        {%- endif %}
        {%- if fx_daily %}
        new_fx_rate as fx_rate,
        {%- endif %}
        own_rejection,
        new_rejection as rejection,
        case when new_rejection is not null then row_key end as row_key,
        case when new_rejection is not null then raw_row end as raw_row
    from reviewed_verdicts
    where
        (
            new_rejection is distinct from former_rejection
            {%- if fx_daily %}
            or new_fx_rate is distinct from former_fx_rate
            {%- endif %}
        )
        and (new_rejection is null or raw_row is not null)

),

-- What counted and is rejected now is read once more, for its raw row.
newly_rejected as (

    select
        file_name,
        file_row
    from reviewed_verdicts
    where
        new_rejection is not null
        and raw_row is null

),

source as (

    select * from {{ raw_rows.schema }}.{{ table }}_changed
    {%- if parents or fx_daily %}
    union all
    select raw_rows.*
    from {{ raw_rows }} as raw_rows
    inner join newly_rejected
        on
            raw_rows.file_row = newly_rejected.file_row
            and raw_rows.file_name = newly_rejected.file_name
    {%- endif %}

),
{%- else %}

source as (

    select * from {{ raw_rows }}

),
{%- endif %}

typed as (

    select
        source.file_name,
        source.file_row,
        {%- for name, meta in columns.items() %}
        {{ read_value('source.' ~ name, meta) }} as {{ name }},
        source.{{ name }} as raw_{{ name }},
        {%- endfor %}
        settings.salt,
        settings.run_at
    from source
    cross join settings

),

judged as (

    select
        *,
        {%- if event.name %}
        {{ read_business_date('raw_' ~ event.name, event.name) }} as event_date,
        {{ event.name }} as event_at,
        {%- endif %}
        {{ own_rejection(columns, event.name) }} as own_rejection
    from typed

),

verdicts as (

    {{ ledger_verdicts('judged', columns, event.name, 'parents' if parents, fx_daily) }}

),

good_lines as (

    select
        file_name,
        file_row,
        {%- for name in kept %}
        {{ ledger_column(name, columns[name]) }},
        {%- endfor %}
        {%- if event.name %}
        event_date,
        {%- endif %}
        {%- if event.is_day %}
        event_at,
        {%- endif %}
        {%- if fx_daily %}
        new_fx_rate as fx_rate,
        {%- endif %}
        cast(own_rejection as varchar(40)) as own_rejection,
        cast(new_rejection as varchar(40)) as rejection,
        case when new_rejection is not null then {{ rejected_key(columns) }} end as row_key,
        case when new_rejection is not null then {{ rejected_row(columns) }} end as raw_row
    from verdicts as settings

),

bad_lines as (

    select
        bad_lines.file_name,
        bad_lines.file_row,
        {%- for name in kept %}
        {{ null_ledger_column(name, columns[name]) }},
        {%- endfor %}
        {%- if event.name %}
        cast(null as date) as event_date,
        {%- endif %}
        {%- if event.is_day %}
        cast(null as timestamp) as event_at,
        {%- endif %}
        {%- if fx_daily %}
        cast(null as decimal(24, 14)) as fx_rate,
        {%- endif %}
        cast('bad_line' as varchar(40)) as own_rejection,
        cast('bad_line' as varchar(40)) as rejection,
        cast(null as varchar(200)) as row_key,
        cast(null as varchar(200)) as raw_row
    from {{ source('raw', 'bad_lines') }} as bad_lines
    {%- if is_later or not execute %}
    inner join {{ source('raw', 'changed_files') }} as changed_files
        on
            bad_lines.raw_table = changed_files.raw_table
            and bad_lines.file_name = changed_files.file_name
    {%- endif %}
    where bad_lines.raw_table = '{{ table }}'

),

lines as (

    select * from good_lines
    union all
    select * from bad_lines
    {%- if is_later %}
    union all
    select * from reviewed_lines
    {%- endif %}

),

final as (

    select
        lines.*,
        settings.run_number
    from lines
    cross join settings

)

select * from final
{%- endmacro -%}
