-- Prevents: a mart with a customer of whom customers.customers knows nothing.
{% set marts = [
    'customers__lifecycle', 'customers__rfm', 'customers__nps', 'customers__clv',
    'customers__category_affinity', 'customers__abandoned_carts'
] %}
with customers as (

    select customer_id
    from {{ ref('customers__customers') }}

),
{% for mart in marts %}

{{ mart }} as (

    select customer_id
    from {{ ref(mart) }}
    where customer_id is not null

),
{% endfor %}

known as (

    {% for mart in marts %}
    select customer_id
    from {{ mart }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select known.customer_id
    from known
    left join customers
        on known.customer_id = customers.customer_id
    where customers.customer_id is null

)

select * from final
