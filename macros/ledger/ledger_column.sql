{#- A kept column of a ledger under its name there: hashes say that they are one. -#}
{%- macro ledger_column(name, meta) -%}
    {%- if meta.get('privacy') == 'hash' -%}
        {{ name }} as {{ name }}_hash
    {%- elif is_event_day(name, meta) -%}
        event_date as {{ name }}
    {%- elif meta.type == 'boolean' -%}
        coalesce({{ name }}, false) as {{ name }}
    {%- elif meta.type == 'count' -%}
        cast({{ name }} as bigint) as {{ name }}
    {%- else -%}
        {{ name }}
    {%- endif -%}
{%- endmacro -%}

{#- The same column, null, for lines that could not be split into fields. -#}
{%- macro null_ledger_column(name, meta) -%}
    {%- set type = 'date' if is_event_day(name, meta) else {
        'timestamp': 'timestamp', 'boolean': 'boolean', 'count': 'bigint', 'money': 'decimal(18, 4)',
        'number': 'decimal(18, 4)', 'score': 'decimal(18, 4)', 'rate': 'decimal(24, 14)'
    }.get(meta.type, 'varchar(200)') -%}
    cast(null as {{ type }}) as {{ name }}{{ '_hash' if meta.get('privacy') == 'hash' }}
{%- endmacro -%}

{#- Whether an event is a day by its name (`spend_date`): kept as the business date, not the moment. -#}
{%- macro is_event_day(name, meta) -%}
    {{- return((meta.get('event') or false) and name.endswith('_date')) -}}
{%- endmacro -%}
