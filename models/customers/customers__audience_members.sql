{% set rules = audience_rules() %}
{% set cap = var('max_contacts_per_days') %}
with customers as (

    select *
    from {{ ref('customers__customers') }}

),

rfm as (

    select
        customer_id,
        recency_score,
        frequency_score,
        monetary_score
    from {{ ref('customers__rfm') }}

),

clv as (

    select
        customer_id,
        formula_clv,
        predicted_clv,
        probability_alive
    from {{ ref('customers__clv') }}

),

nps as (

    select
        customer_id,
        responded_at
    from {{ ref('customers__nps') }}

),

abandoned_carts as (

    select
        customer_id,
        session_date
    from {{ ref('customers__abandoned_carts') }}
    where customer_id is not null

),

signals as (

    select *
    from {{ ref('intermediate__customer_signals') }}

),

recent_contacts as (

    select *
    from {{ ref('intermediate__recent_contacts') }}

),

suppressed_contacts as (

    select *
    from {{ ref('intermediate__suppressed_contacts') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

holdout_secret as (

    select secret
    from {{ ref('staging__holdout_secret') }}

),

-- The formula's value stands in where no model is fitted, for everybody or for nobody.
expected_values as (

    select
        customer_id,
        case
            when count(predicted_clv) over () > 0 then predicted_clv else formula_clv
        end as expected_value
    from clv

),

values_known as (

    select
        customer_id,
        rank() over (order by expected_value desc) as value_rank,
        count(*) over () as customers
    from expected_values
    where expected_value is not null

),

-- A cart that an order came after is done with.
carts as (

    select
        abandoned_carts.customer_id,
        max(abandoned_carts.session_date) as last_cart_date
    from abandoned_carts
    inner join customers
        on abandoned_carts.customer_id = customers.customer_id
    where
        customers.last_order_date is null
        or abandoned_carts.session_date >= customers.last_order_date
    group by abandoned_carts.customer_id

),

candidates as (

    select
        customers.customer_id,
        customers.email_hash,
        customers.phone_hash,
        customers.acquisition_channel,
        customers.acquisition_campaign,
        customers.country,
        customers.region,
        customers.city,
        customers.lifecycle_state,
        customers.nps_group,
        customers.rfm_segment,
        customers.favourite_category,
        customers.buying_behaviour,
        customers.orders,
        customers.order_days,
        customers.net_revenue,
        customers.average_order_value,
        customers.historic_value,
        clv.predicted_clv,
        clv.probability_alive,
        {{ rate('values_known.value_rank', 'values_known.customers') }} as value_top_share,
        rfm.recency_score,
        rfm.frequency_score,
        rfm.monetary_score,
        signals.discounted_order_share,
        customers.days_since_last_order,
        customers.median_days_between_orders,
        customers.days_overdue,
        signals.days_since_sign_up,
        signals.days_since_session,
        {{ days_between('carts.last_cart_date', 'run_context.as_of') }}
            as days_since_abandoned_cart,
        {{ days_between(business_date('nps.responded_at'), 'run_context.as_of') }}
            as days_since_nps,
        customers.email_consent,
        customers.sms_consent,
        customers.push_consent
    from customers
    cross join run_context
    left join rfm
        on customers.customer_id = rfm.customer_id
    left join clv
        on customers.customer_id = clv.customer_id
    left join values_known
        on customers.customer_id = values_known.customer_id
    left join signals
        on customers.customer_id = signals.customer_id
    left join carts
        on customers.customer_id = carts.customer_id
    left join nps
        on customers.customer_id = nps.customer_id

),

members as (

    {% for rule in rules %}
    select
        '{{ rule.audience }}' as audience,
        {{ loop.index }} as priority,
        '{{ rule.destination }}' as destination,
        {% set cells = {} %}
        {% for column in rule.columns %}
            {% do cells.update({column: column}) %}
        {% endfor %}
        {{ row_as_json(cells) }} as reason,
        customer_id,
        email_hash,
        phone_hash,
        email_consent,
        sms_consent,
        push_consent
    from candidates
    where ({{ rule.when }})
    union all
    {% endfor %}
    select
        '' as audience,
        0 as priority,
        '' as destination,
        '' as reason,
        customer_id,
        email_hash,
        phone_hash,
        email_consent,
        sms_consent,
        push_consent
    from candidates
    where false

),

-- Advertising by matched addresses asks for the consent of the address that is matched.
judged as (

    select
        members.audience,
        members.priority,
        members.destination,
        members.reason,
        members.customer_id,
        members.email_hash,
        members.phone_hash,
        case members.destination
            when 'sms' then members.sms_consent
            when 'push' then members.push_consent
            else members.email_consent
        end as has_consent,
        case members.destination
            when 'sms' then members.phone_hash is not null
            when 'push' then true
            else members.email_hash is not null
        end as has_address,
        suppressed_contacts.customer_id is not null as is_suppressed,
        {{ is_held_out(
            'holdout_secret.secret', 'members.audience', 'members.customer_id',
            var('holdout_share')
        ) }} as is_held_out,
        coalesce(recent_contacts.contacts, 0) as recent_contacts
    from members
    cross join holdout_secret
    left join suppressed_contacts
        on
            members.customer_id = suppressed_contacts.customer_id
            and members.destination = suppressed_contacts.medium
    left join recent_contacts
        on members.customer_id = recent_contacts.customer_id

),

reachable as (

    select
        *,
        has_consent and has_address and not is_suppressed as is_reachable
    from judged

),

-- A list comes after the more important ones: what they send counts towards the cap.
counted as (

    select
        *,
        coalesce(
            sum(case when is_reachable and not is_held_out then 1 else 0 end) over (
                partition by customer_id
                order by priority
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as earlier_lists
    from reachable

),

final as (

    select
        cast(audience as varchar(60)) as audience,
        customer_id,
        cast(destination as varchar(10)) as destination,
        cast(
            case
                when is_suppressed then 'suppressed'
                when not has_consent then 'no_consent'
                when not has_address then 'no_address'
                when recent_contacts + earlier_lists >= {{ cap.contacts }} then 'over_cap'
                when is_held_out then 'holdout'
                else 'contact'
            end as varchar(20)
        ) as status,
        reason,
        email_hash,
        phone_hash,
        cast(priority as bigint) as priority,
        cast(recent_contacts as bigint) as recent_contacts,
        has_consent,
        is_suppressed,
        is_held_out
    from counted

)

select * from final
