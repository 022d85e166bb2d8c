with first_orders as (

    select
        customer_id,
        coalesce(category, 'unknown') as category,
        coalesce(service, 'unknown') as service,
        coalesce(sales_channel, 'unknown') as sales_channel,
        case when is_discounted then 'discounted' else 'full_price' end as discount
    from {{ ref('intermediate__first_orders') }}

),

customer_orders as (

    select
        customer_id,
        first_order_date,
        second_order_date
    from {{ ref('intermediate__customer_orders') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

horizons as (

    select horizon_values.horizon_days
    from (values (30), (60), (90), (365)) as horizon_values (horizon_days)

),

described as (

    select
        first_orders.category,
        first_orders.service,
        first_orders.sales_channel,
        first_orders.discount,
        horizons.horizon_days,
        count(*) as customers,
        count(*) filter (
            where
                customer_orders.first_order_date
                <= cast(run_context.as_of - horizons.horizon_days as date)
        ) as eligible_customers,
        count(*) filter (
            where
                customer_orders.first_order_date
                <= cast(run_context.as_of - horizons.horizon_days as date)
                and customer_orders.second_order_date
                <= cast(customer_orders.first_order_date + horizons.horizon_days as date)
        ) as repeated_customers
    from first_orders
    inner join customer_orders
        on first_orders.customer_id = customer_orders.customer_id
    cross join horizons
    cross join run_context
    group by 1, 2, 3, 4, 5

),

segmented as (

    {% for segment_type, segment in [
        ('all', "'all'"), ('category', 'category'), ('service', 'service'),
        ('sales_channel', 'sales_channel'), ('discount', 'discount')
    ] %}
    select
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        horizon_days,
        sum(customers) as first_order_customers,
        sum(eligible_customers) as eligible_customers,
        sum(repeated_customers) as repeated_customers
    from described
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        cast(segment_type as varchar(40)) as segment_type,
        cast(segment as varchar(200)) as segment,
        horizon_days,
        cast(first_order_customers as bigint) as first_order_customers,
        cast(eligible_customers as bigint) as eligible_customers,
        cast(repeated_customers as bigint) as repeated_customers,
        {{ rate('repeated_customers', 'eligible_customers') }} as early_repeat_rate
    from segmented

)

select * from final
