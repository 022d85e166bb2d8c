with ids as (

    select customer_id
    from {{ ref('intermediate__customer_ids') }}

),

buying_behaviours as (

    select
        customer_id,
        buying_behaviour
    from {{ ref('intermediate__buying_behaviour') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

profiles as (

    select *
    from {{ ref('staging__customers') }}

),

customer_orders as (

    select *
    from {{ ref('intermediate__customer_orders') }}

),

rfm as (

    select
        customer_id,
        rfm_score,
        segment
    from {{ ref('customers__rfm') }}

),

nps as (

    select
        customer_id,
        nps_group
    from {{ ref('customers__nps') }}

),

expected_orders as (

    select
        customer_id,
        expected_next_order_date
    from {{ ref('intermediate__expected_orders') }}

),

clv as (

    select
        customer_id,
        average_order_value,
        historic_value,
        formula_clv,
        predicted_clv,
        probability_alive
    from {{ ref('customers__clv') }}

),

category_affinity as (

    select
        customer_id,
        category,
        rank
    from {{ ref('customers__category_affinity') }}
    where category <> 'unknown'

),

favourites as (

    select
        customer_id,
        min_by(category, rank) as favourite_category
    from category_affinity
    group by customer_id

),

joined as (

    select
        ids.customer_id,
        profiles.acquisition_channel,
        profiles.acquisition_campaign,
        profiles.referred_by_customer_id,
        profiles.country,
        profiles.region,
        profiles.city,
        profiles.email_hash,
        profiles.phone_hash,
        coalesce(profiles.email_consent, false) as email_consent,
        coalesce(profiles.sms_consent, false) as sms_consent,
        coalesce(profiles.push_consent, false) as push_consent,
        profiles.signed_up_at,
        customer_orders.first_order_date,
        customer_orders.second_order_date,
        customer_orders.last_order_date,
        customer_orders.last_spell_number,
        customer_orders.last_spell_from,
        coalesce(customer_orders.orders, 0) as orders,
        coalesce(customer_orders.order_days, 0) as order_days,
        coalesce(customer_orders.net_revenue, 0) as net_revenue,
        case
            when customer_orders.customer_id is null then 0 else customer_orders.margin
        end as margin,
        customer_orders.median_days_between_orders,
        {{ days_between('customer_orders.last_order_date', 'run_context.as_of') }}
            as days_since_last_order,
        expected_orders.expected_next_order_date,
        nps.nps_group,
        rfm.rfm_score,
        rfm.segment as rfm_segment,
        clv.average_order_value,
        clv.historic_value,
        clv.formula_clv,
        clv.predicted_clv,
        clv.probability_alive,
        favourites.favourite_category,
        buying_behaviours.buying_behaviour,
        run_context.as_of
    from ids
    cross join run_context
    left join profiles
        on ids.customer_id = profiles.customer_id
    left join customer_orders
        on ids.customer_id = customer_orders.customer_id
    left join expected_orders
        on ids.customer_id = expected_orders.customer_id
    left join rfm
        on ids.customer_id = rfm.customer_id
    left join nps
        on ids.customer_id = nps.customer_id
    left join clv
        on ids.customer_id = clv.customer_id
    left join favourites
        on ids.customer_id = favourites.customer_id
    left join buying_behaviours
        on ids.customer_id = buying_behaviours.customer_id

),

final as (

    select
        customer_id,
        referred_by_customer_id,
        acquisition_channel,
        acquisition_campaign,
        country,
        region,
        city,
        email_hash,
        phone_hash,
        {{ lifecycle_state() }} as lifecycle_state,
        nps_group,
        rfm_score,
        rfm_segment,
        favourite_category,
        buying_behaviour,
        cast({{ churn_risk('probability_alive') }} as varchar(20)) as churn_risk,
        orders,
        order_days,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(margin as decimal(38, 4)) as margin,
        average_order_value,
        days_since_last_order,
        median_days_between_orders,
        case
            when expected_next_order_date is not null
                then greatest({{ days_between('expected_next_order_date', 'as_of') }}, 0)
        end as days_overdue,
        historic_value,
        formula_clv,
        predicted_clv,
        probability_alive,
        email_consent,
        sms_consent,
        push_consent,
        first_order_date,
        second_order_date,
        last_order_date,
        expected_next_order_date,
        signed_up_at
    from joined

)

select * from final
