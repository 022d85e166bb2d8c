{#- Fails where a raw table rejects a larger share of its rows than max_rejected_share. -#}
{% test max_rejected_share(model, raw_table) %}
    select
        raw_table,
        rejected_rows,
        raw_rows
    from {{ model }}
    where
        raw_table = '{{ raw_table }}'
        and rejected_rows > {{ var('max_rejected_share') }} * raw_rows
{% endtest %}
