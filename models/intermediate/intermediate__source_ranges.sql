with {% for table in [
    'orders', 'refunds', 'customers', 'sessions', 'surveys', 'subscriptions', 'marketing_spend',
    'campaign_sends', 'social_daily'
] %}

{{ table }} as (

    select
        cast('{{ table }}' as varchar(40)) as raw_table,
        min(event_date) as first_event_date
    from {{ ref('staging__' ~ table) }}

),
{% endfor %}

final as (

    {% for table in [
        'orders', 'refunds', 'customers', 'sessions', 'surveys', 'subscriptions',
        'marketing_spend', 'campaign_sends', 'social_daily'
    ] %}
    select
        raw_table,
        first_event_date
    from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
