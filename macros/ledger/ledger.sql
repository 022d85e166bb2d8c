{#-
    Every row and version of a raw table once, typed, with its verdict (rejection is null: it may
    count). Nothing here depends on as_of. Generated from the contract's declaration of the table.
    parents: the orders of which one must stand; fx_daily: rates, for a table with a currency.
-#}
{%- macro ledger(table, parents=none, fx_daily=none) -%}
{%- set spec = raw_contract().get(table, {'columns': {}, 'meta': {}}) -%}
{%- set columns = spec.columns -%}
{%- set kept = [] -%}
{%- set event = namespace(name=none) -%}
{%- for name, meta in columns.items() -%}
    {%- if meta.get('privacy') != 'drop' -%}{%- do kept.append(name) -%}{%- endif -%}
    {%- if meta.get('event') -%}{%- set event.name = name -%}{%- endif -%}
{%- endfor -%}
with source as (

    select * from {{ source('raw', table) }}

),

settings as (

    select
        salt.salt,
        run_request.run_at
    from {{ source('raw', 'salt') }} as salt
    cross join {{ source('raw', 'run_request') }} as run_request

),
{%- if parents %}

parents as (

    select
        order_id,
        max(fx_rate) as fx_rate
    from {{ parents }}
    where rejection is null
    group by order_id

),
{%- endif %}
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
        {%- endif %}
        {{ own_rejection(columns, event.name) }} as own_rejection
    from typed

),

{%- if parents %}

verdicts as (

    select
        judged.*,
        case
            when judged.own_rejection is not null then judged.own_rejection
            when {{ outgrows_money(columns, 'parents.fx_rate') }} then 'bad_number'
            when parents.order_id is null then 'unknown_order'
        end as rejection
    from judged
    left join parents
        on judged.order_id = parents.order_id

),
{%- elif fx_daily %}

verdicts as (

    select
        judged.*,
        case
            when
                not fx_presence.is_present
                or judged.currency is null
                or judged.currency = '{{ var("reporting_currency") | upper }}'
                then cast(1 as decimal(24, 14))
            else fx_daily.rate
        end as fx_rate,
        case
            when judged.own_rejection is not null then judged.own_rejection
            {#- What does not fit once it is converted would stop the whole build. #}
            {%- for name, meta in columns.items() if meta.type == 'money' %}
            when
                judged.currency <> '{{ var("reporting_currency") | upper }}'
                and abs(cast(judged.{{ name }} as double)) * cast(fx_daily.rate as double) >= 1e14
                then 'bad_number'
            {%- endfor %}
            when
                fx_presence.is_present
                and judged.currency <> '{{ var("reporting_currency") | upper }}'
                and {{ outgrows_money(columns, 'fx_daily.rate') }}
                then 'bad_number'
            when
                fx_presence.is_present
                and judged.currency <> '{{ var("reporting_currency") | upper }}'
                and fx_daily.rate is null
                then 'missing_fx_rate'
        end as rejection
    from judged
    cross join fx_presence
    left join fx_daily
        on
            judged.event_date = fx_daily.rate_date
            and judged.currency = fx_daily.rate_currency

),
{%- else %}

verdicts as (

    select
        *,
        own_rejection as rejection
    from judged

),
{%- endif %}

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
        {%- if fx_daily %}
        fx_rate,
        {%- endif %}
        rejection,
        case when rejection is not null then {{ rejected_key(columns) }} end as row_key,
        case when rejection is not null then {{ rejected_row(columns) }} end as raw_row
    from verdicts as settings

),

bad_lines as (

    select
        file_name,
        file_row,
        {%- for name in kept %}
        {{ null_ledger_column(name, columns[name]) }},
        {%- endfor %}
        {%- if event.name %}
        cast(null as date) as event_date,
        {%- endif %}
        {%- if fx_daily %}
        cast(null as decimal(24, 14)) as fx_rate,
        {%- endif %}
        'bad_line' as rejection,
        cast(null as varchar(200)) as row_key,
        cast(null as varchar(200)) as raw_row
    from {{ source('raw', 'bad_lines') }}
    where raw_table = '{{ table }}'

),

final as (

    select * from good_lines
    union all
    select * from bad_lines

)

select * from final
{%- endmacro -%}
