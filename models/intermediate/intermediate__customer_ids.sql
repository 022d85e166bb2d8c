with ids as (

    {% for table, column in [
        ('customers', 'customer_id'), ('customers', 'referred_by_customer_id'),
        ('orders', 'customer_id'), ('sessions', 'customer_id'), ('surveys', 'customer_id'),
        ('subscriptions', 'customer_id'), ('campaign_sends', 'customer_id')
    ] %}
    select {{ column }} as customer_id
    from {{ ref('staging__' ~ table) }}
    where {{ column }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}

),

final as (

    select customer_id
    from ids

)

select * from final
