with counted_orders as (

    select
        customer_id,
        order_date,
        coalesce(sales_channel, 'unknown') as sales_channel,
        discount_amount,
        amount,
        coupon_code is not null as has_coupon,
        {{ is_discounted('discount_amount', 'coupon_code') }} as is_discounted
    from {{ ref('intermediate__counted_orders') }}

),

order_days as (

    select
        customer_id,
        order_date,
        next_order_date
    from {{ ref('intermediate__order_days') }}

),

customers as (

    select
        customer_id,
        acquisition_channel,
        rfm_segment
    from {{ ref('customers__customers') }}

),

run_context as (

    select cast(as_of - {{ var('repeat_within_days') }} as date) as last_eligible_date
    from {{ ref('staging__run_context') }}

),

-- Days of orders that had the time to be repeated and were not: the fewer ones of most shops.
unrepeated_days as (

    select
        order_days.customer_id,
        order_days.order_date
    from order_days
    cross join run_context
    where
        order_days.order_date <= run_context.last_eligible_date
        and coalesce(
            order_days.next_order_date
            > cast(order_days.order_date + {{ var('repeat_within_days') }} as date),
            true
        )

),

-- What is asked of an order: was it discounted, has it had the time to be repeated, was it?
judged as (

    select
        counted_orders.sales_channel,
        coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(customers.rfm_segment, 'unknown') as rfm_segment,
        counted_orders.amount,
        counted_orders.discount_amount,
        counted_orders.has_coupon,
        counted_orders.is_discounted,
        counted_orders.customer_id is not null
        and counted_orders.order_date <= run_context.last_eligible_date as is_eligible,
        unrepeated_days.customer_id is null as is_repeated
    from counted_orders
    cross join run_context
    left join unrepeated_days
        on
            counted_orders.customer_id = unrepeated_days.customer_id
            and counted_orders.order_date = unrepeated_days.order_date
    left join customers
        on counted_orders.customer_id = customers.customer_id

),

described as (

    select
        sales_channel,
        acquisition_channel,
        rfm_segment,
        count(*) as orders,
        count(*) filter (where is_discounted) as discounted_orders,
        count(*) filter (where has_coupon) as coupon_orders,
        sum(discount_amount) as discount_amount,
        sum(amount) + sum(discount_amount) as gross_revenue,
        count(*) filter (where is_eligible and not is_discounted) as eligible_full_price_orders,
        count(*) filter (
            where is_eligible and not is_discounted and is_repeated
        ) as repeated_full_price_orders,
        count(*) filter (where is_eligible and is_discounted) as eligible_discounted_orders,
        count(*) filter (
            where is_eligible and is_discounted and is_repeated
        ) as repeated_discounted_orders
    from judged
    group by 1, 2, 3

),

segmented as (

    {% for segment_type, segment in [
        ('all', "'all'"), ('rfm_segment', 'rfm_segment'),
        ('acquisition_channel', 'acquisition_channel'), ('sales_channel', 'sales_channel')
    ] %}
    select
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        {% for name in [
            'orders', 'discounted_orders', 'coupon_orders', 'eligible_full_price_orders',
            'repeated_full_price_orders', 'eligible_discounted_orders',
            'repeated_discounted_orders'
        ] %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor %}
        cast(sum(discount_amount) as decimal(38, 4)) as discount_amount,
        cast(sum(gross_revenue) as decimal(38, 4)) as gross_revenue
    from described
    group by 1, 2
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

rated as (

    select
        *,
        {{ rate('repeated_full_price_orders', 'eligible_full_price_orders') }}
            as full_price_repeat_rate,
        {{ rate('repeated_discounted_orders', 'eligible_discounted_orders') }}
            as discounted_repeat_rate
    from segmented

),

final as (

    select
        cast(segment_type as varchar(40)) as segment_type,
        cast(segment as varchar(200)) as segment,
        orders,
        discounted_orders,
        coupon_orders,
        {{ rate('discounted_orders', 'orders') }} as discounted_order_share,
        gross_revenue,
        discount_amount,
        {{ rate('discount_amount', 'gross_revenue') }} as discount_share,
        eligible_full_price_orders,
        repeated_full_price_orders,
        full_price_repeat_rate,
        eligible_discounted_orders,
        repeated_discounted_orders,
        discounted_repeat_rate,
        discounted_repeat_rate - full_price_repeat_rate as repeat_rate_difference
    from rated

)

select * from final
