{#- The rows of a ledger that another version of the same key outranks, as of as_of. touched_rows:
    the rows of the keys that a build which goes on ranks again; what it said of others stands. -#}
{%- macro superseded(table, touched_rows=none) -%}
{%- set columns = raw_contract().get(table, {'columns': {}}).columns -%}
{%- set keys = [] -%}
{%- set version = namespace(name=none) -%}
{%- for name, meta in columns.items() -%}
    {%- if meta.get('key') -%}{%- do keys.append(name) -%}{%- endif -%}
    {%- if meta.get('version') -%}{%- set version.name = name -%}{%- endif -%}
{%- endfor -%}
{%- set ledger = ref('staging__' ~ table ~ '_ledger') -%}
{%- set of_touched = touched_rows is not none and goes_on() -%}
with ledger as (

    select
        file_name,
        file_row,
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ version.name or 'cast(null as timestamp)' }} as version_at
    from {{ touched_rows if of_touched else ledger }}
    where rejection is null

),

-- Imported apart: a name that is read twice is kept whole, with every column.
ledger_keys as (

    select {{ keys | join(', ') or 'file_name' }}
    from {{ touched_rows if of_touched else ledger }}
    where rejection is null

),
{%- if of_touched %}

touched_rows as (

    select
        file_name,
        file_row
    from {{ touched_rows }}

),

superseded_before as (

    select
        file_name,
        file_row
    from {{ this }}

),
{%- endif %}

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

repeated_keys as (

    select {{ keys | join(', ') or 'file_name' }}
    from ledger_keys
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
    {%- if of_touched %}
    union all
    select
        superseded_before.file_name,
        superseded_before.file_row
    from superseded_before
    left join touched_rows
        on
            superseded_before.file_row = touched_rows.file_row
            and superseded_before.file_name = touched_rows.file_name
    where touched_rows.file_row is null
    {%- endif %}

)

select * from final
{%- endmacro -%}
