with first_orders as (

    select
        order_id,
        service,
        sales_channel,
        is_discounted,
        order_date,
        second_order_date
    from {{ ref('intermediate__first_orders') }}

),

order_items as (

    select
        order_id,
        category,
        quantity,
        unit_price
    from {{ ref('staging__order_items') }}
    where category is not null

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

horizons as (

    select horizon_values.horizon_days
    from (values (30), (60), (90), (365)) as horizon_values (horizon_days)

),

categories as (

    select
        order_items.order_id,
        order_items.category,
        sum(
            cast(coalesce(order_items.quantity, 1) as decimal(38, 4))
            * coalesce(order_items.unit_price, 0)
        ) as item_value
    from order_items
    inner join first_orders
        on order_items.order_id = first_orders.order_id
    group by order_items.order_id, order_items.category

),

ranked_categories as (

    select
        order_id,
        category,
        row_number() over (
            partition by order_id
            order by item_value desc, category asc
        ) as category_rank
    from categories

),

-- First orders of a day and what they are alike in, with the day of the next order.
alike as (

    select
        coalesce(ranked_categories.category, 'unknown') as category,
        coalesce(first_orders.service, 'unknown') as service,
        coalesce(first_orders.sales_channel, 'unknown') as sales_channel,
        case when first_orders.is_discounted then 'discounted' else 'full_price' end as discount,
        first_orders.order_date,
        {{ days_between('first_orders.order_date', 'first_orders.second_order_date') }}
            as days_to_second_order,
        count(*) as customers
    from first_orders
    left join ranked_categories
        on
            first_orders.order_id = ranked_categories.order_id
            and ranked_categories.category_rank = 1
    group by 1, 2, 3, 4, 5, 6

),

described as (

    select
        alike.category,
        alike.service,
        alike.sales_channel,
        alike.discount,
        horizons.horizon_days,
        sum(alike.customers) as customers,
        sum(
            case
                when alike.order_date <= cast(run_context.as_of - horizons.horizon_days as date)
                    then alike.customers
                else 0
            end
        ) as eligible_customers,
        sum(
            case
                when
                    alike.order_date <= cast(run_context.as_of - horizons.horizon_days as date)
                    and alike.days_to_second_order <= horizons.horizon_days
                    then alike.customers
                else 0
            end
        ) as repeated_customers
    from alike
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
