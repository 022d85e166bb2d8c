{% set profile = [
    'acquisition_channel', 'acquisition_campaign', 'referred_by_customer_id', 'country', 'region',
    'city', 'email_hash', 'phone_hash', 'email_consent', 'sms_consent', 'push_consent',
    'signed_up_at'
] %}
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

    select
        customer_id,
        {{ profile | join(',\n        ') }}
    from {{ ref('staging__customers') }}

),

-- Imported apart: rows that are read twice under one name are kept until both have read them.
profile_ids as (

    select customer_id
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

expected_gaps as (

    select
        order_number,
        median_days_to_next_order
    from {{ ref('intermediate__expected_gaps') }}

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

-- A union, not a join: a join would hold every profile in memory, with all of its texts.
profiled as (

    select *
    from profiles
    union all
    select
        customer_id,
        {% for name in profile %}
        null as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from ids
    where customer_id not in (select profile_ids.customer_id from profile_ids)

),

joined as (

    select
        profiled.customer_id,
        profiled.acquisition_channel,
        profiled.acquisition_campaign,
        profiled.referred_by_customer_id,
        profiled.country,
        profiled.region,
        profiled.city,
        profiled.email_hash,
        profiled.phone_hash,
        coalesce(profiled.email_consent, false) as email_consent,
        coalesce(profiled.sms_consent, false) as sms_consent,
        coalesce(profiled.push_consent, false) as push_consent,
        profiled.signed_up_at,
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
        -- His own rhythm once there are two gaps to tell it by, until then that of the others.
        cast(
            customer_orders.last_order_date + cast(
                case
                    when customer_orders.order_days >= 3
                        then ceil(customer_orders.median_days_between_orders)
                    else expected_gaps.median_days_to_next_order
                end as integer
            ) as date
        ) as expected_next_order_date,
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
    from profiled
    cross join run_context
    left join customer_orders
        on profiled.customer_id = customer_orders.customer_id
    left join expected_gaps
        on customer_orders.order_days = expected_gaps.order_number
    left join rfm
        on profiled.customer_id = rfm.customer_id
    left join nps
        on profiled.customer_id = nps.customer_id
    left join clv
        on profiled.customer_id = clv.customer_id
    left join favourites
        on profiled.customer_id = favourites.customer_id
    left join buying_behaviours
        on profiled.customer_id = buying_behaviours.customer_id

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
