with ledgers as (

    {% for table in event_tables() %}
    select
        cast('{{ table }}' as varchar(40)) as raw_table,
        row_key,
        rejection,
        raw_row,
        file_name,
        file_row
    from {{ ref('staging__' ~ table ~ '_ledger') }}
    where rejection is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        raw_table,
        row_key,
        rejection as reason,
        raw_row,
        file_name as file,
        file_row
    from ledgers

)

select * from final
