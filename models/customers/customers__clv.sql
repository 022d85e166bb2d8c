with customer_values as (

    select *
    from {{ ref('intermediate__customer_values') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

histories as (

    select
        customer_id,
        frequency,
        recency_days,
        age_days,
        repeat_net_revenue
    from {{ ref('intermediate__purchase_histories') }}

),

scores as (

    select *
    from {{ ref('intermediate__purchase_scores') }}
    where sample = 'all'

),

spend_models as (

    select
        model_version,
        p_value,
        q_value,
        v_value
    from {{ ref('intermediate__fitted_models') }}
    where
        model = 'gamma_gamma'
        and sample = 'all'

),

customer_flow as (

    select
        period_start,
        customers_start,
        lost_customers
    from {{ ref('metrics__customer_flow') }}
    where
        calendar = 'gregorian'
        and period_grain = 'month'
        and is_complete
        and not is_burn_in

),

numbered_months as (

    select
        customers_start,
        lost_customers,
        row_number() over (order by period_start desc) as months_ago
    from customer_flow

),

-- The chance to be lost in a month of the last year, compounded to a year.
churn as (

    select
        1 - power(
            1 - {{ rate('sum(lost_customers)', 'sum(customers_start)') }}, 12
        ) as annual_churn_rate
    from numbered_months
    where months_ago <= 12

),

lifetime as (

    select
        case
            when annual_churn_rate is null then null
            when annual_churn_rate * 10 <= 1 then 10
            else 1 / annual_churn_rate
        end as expected_lifetime_years
    from churn

),

joined as (

    select
        customer_values.customer_id,
        customer_values.historic_basis,
        customer_values.historic_value,
        customer_values.order_days,
        cast(
            {{ money_per('customer_values.amount', 'customer_values.orders') }} as decimal(38, 4)
        ) as average_order_value,
        greatest(
            {{ days_between('customer_values.first_order_date', 'run_context.as_of') }}, 52 * 7
        ) as counted_days,
        lifetime.expected_lifetime_years,
        case
            when customer_values.net_revenue > 0
                then
                    coalesce(
                        {{ rate('customer_values.margin', 'customer_values.net_revenue') }}, 1
                    )
            else 1
        end as margin_share,
        {% for days in [30, 90, 180, 365] %}
        scores.expected_orders_{{ days }}_days,
        {% endfor %}
        scores.expected_orders,
        scores.discounted_orders,
        case when histories.frequency > 0 then scores.probability_alive end as probability_alive,
        spend_models.p_value * (
            spend_models.v_value + greatest(cast(histories.repeat_net_revenue as double), 0)
        ) / (spend_models.p_value * histories.frequency + spend_models.q_value - 1)
            as expected_spend,
        nullif(
            concat_ws(
                ', ',
                'bg_nbd ' || scores.model_version,
                'gamma_gamma ' || spend_models.model_version
            ), ''
        ) as model_version
    from customer_values
    cross join run_context
    cross join lifetime
    left join histories
        on customer_values.customer_id = histories.customer_id
    left join scores
        on
            histories.frequency = scores.frequency
            and histories.recency_days = scores.recency_days
            and histories.age_days = scores.age_days
    left join spend_models
        on histories.customer_id is not null

),

valued as (

    select
        *,
        {{ rate('order_days * 52 * 7', 'counted_days') }} as orders_per_year
    from joined

),

final as (

    select
        customer_id,
        historic_basis,
        historic_value,
        average_order_value,
        orders_per_year,
        expected_lifetime_years,
        margin_share,
        cast(average_order_value as double)
        * orders_per_year * expected_lifetime_years * margin_share as formula_clv,
        expected_orders,
        {% for days in [30, 90, 180, 365] %}
        expected_orders_{{ days }}_days,
        {% endfor %}
        expected_spend,
        discounted_orders * expected_spend * margin_share as predicted_clv,
        probability_alive,
        cast(model_version as varchar(100)) as model_version
    from valued

)

select * from final
