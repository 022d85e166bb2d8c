{#- The rows of a ledger that another version of the same key outranks, as of as_of. -#}
{%- macro superseded(table) -%}
{%- set columns = raw_contract().get(table, {'columns': {}}).columns -%}
{%- set keys = [] -%}
{%- set version = namespace(name=none) -%}
{%- for name, meta in columns.items() -%}
    {%- if meta.get('key') -%}{%- do keys.append(name) -%}{%- endif -%}
    {%- if meta.get('version') -%}{%- set version.name = name -%}{%- endif -%}
{%- endfor -%}
with ledger as (

    select
        file_name,
        file_row,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ version.name or 'cast(null as timestamp)' }} as version_at
    from {{ ref('staging__' ~ table ~ '_ledger') }}
    where rejection is null

),

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

repeated_keys as (

    select {{ keys | join(', ') or 'file_name' }}
    from ledger
    group by {{ keys | join(', ') or 'file_name' }}
    having count(*) > 1

),

versions as (

    select
        ledger.*,
        run_context.as_of_end_at,
        case
            when ledger.version_at < run_context.as_of_end_at then 1
            when ledger.version_at is null then 2
            else 3
        end as version_class
    from ledger
    inner join repeated_keys
        on
            {%- for key in keys or ['file_name'] %}
            {{ 'and ' if not loop.first }}ledger.{{ key }} is not distinct from repeated_keys.{{ key }}
            {%- endfor %}
    cross join run_context

),

ranked as (

    select
        file_name,
        file_row,
        row_number() over (
            partition by {{ keys | join(', ') or 'file_name' }}
            order by
                version_class asc,
                case when version_class = 1 then version_at end desc nulls last,
                case when version_class = 3 then version_at end asc nulls last,
                file_name desc,
                file_row desc
        ) as version_rank
    from versions

),

final as (

    select
        file_name,
        file_row
    from ranked
    where version_rank > 1

)

select * from final
{%- endmacro -%}
