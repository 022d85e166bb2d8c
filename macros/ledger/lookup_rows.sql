{#- A lookup: the seed `lookup_<table>`, or the table of RAW_DIR that replaces it.
    columns: mapping of column → how its raw value is read: text (as it is), lower (lower case),
    id (as an id), hash (salted), or the type of a date or number. -#}
{%- macro lookup_rows(table, columns) -%}
with presence as (

    select is_present
    from {{ source('raw', 'tables') }}
    where raw_table = '{{ table }}'

),

shipped as (

    select
        {%- for name, kind in columns.items() %}
        {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('lookup_' ~ table) }}

),

replacement as (

    select
        {%- for name, kind in columns.items() %}
        {{ lookup_value('brought.' ~ name, kind) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('raw', table) }} as brought
    cross join {{ source('raw', 'salt') }} as settings

),

final as (

    select
        {%- for name, kind in columns.items() %}
        cast(shipped.{{ name }} as {{ lookup_type(kind) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shipped
    cross join presence
    where not presence.is_present
    union
    select
        {%- for name, kind in columns.items() %}
        cast({{ name }} as {{ lookup_type(kind) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from replacement

)

select * from final
{%- endmacro -%}

{#- One value of a replaced lookup, read; null where it is blank or cannot be read. -#}
{%- macro lookup_value(value, kind) -%}
    {%- if kind == 'text' -%}
        {{ mask_contact(value) }}
    {%- elif kind == 'lower' -%}
        lower({{ mask_contact(value) }})
    {%- elif kind == 'id' -%}
        {{ mask_contact(value, is_id=true) }}
    {%- elif kind == 'hash' -%}
        {{ salted_hash(value) }}
    {%- elif kind == 'date' -%}
        try_cast({{ trim_text(value) }} as date)
    {%- else -%}
        {{ read_decimal(value, kind) }}
    {%- endif -%}
{%- endmacro -%}

{#- The type of a lookup's column. -#}
{%- macro lookup_type(kind) -%}
    {{- 'varchar(200)' if kind in ('text', 'lower', 'id', 'hash') else kind -}}
{%- endmacro -%}
