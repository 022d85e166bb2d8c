{#- Fails where a raw table rejects a larger share of its rows than max_rejected_share: one row a
    reason, the most frequent first. -#}
{% test max_rejected_share(model, raw_table) %}
    with balance as (

        select
            raw_table,
            raw_rows,
            rejected_rows
        from {{ model }}
        where
            raw_table = '{{ raw_table }}'
            and rejected_rows > {{ var('max_rejected_share') }} * raw_rows

    ),

    reasons as (

        select
            raw_table,
            reason,
            count(*) as rows_of_reason
        from {{ ref('quality__rejected_rows') }}
        group by 1, 2

    ),

    final as (

        select
            balance.raw_table,
            balance.raw_rows,
            balance.rejected_rows,
            reasons.reason,
            reasons.rows_of_reason
        from balance
        left join reasons on balance.raw_table = reasons.raw_table

    )

    select * from final
    order by rows_of_reason desc, reason
{% endtest %}
