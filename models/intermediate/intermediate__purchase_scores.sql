{% set horizons = forecast_horizons() %}
with purchase_groups as (

    select
        sample,
        frequency,
        recency_days,
        age_days
    from {{ ref('intermediate__purchase_groups') }}

),

fitted_models as (

    select *
    from {{ ref('intermediate__fitted_models') }}
    where model = 'bg_nbd'

),

forecasts as (

    select
        sample,
        frequency,
        age_days,
        horizon,
        expected_orders_alive
    from {{ ref('intermediate__purchase_forecasts') }}

),

spans as (

    select
        sample,
        frequency,
        age_days,
        {% for name in horizons %}
        max(expected_orders_alive) filter (where horizon = '{{ name }}') as alive_{{ name }}{{
            ',' if not loop.last
        }}
        {% endfor %}
    from forecasts
    group by sample, frequency, age_days

),

joined as (

    select
        purchase_groups.*,
        fitted_models.model_version,
        {{ probability_alive(
            'purchase_groups.frequency',
            'purchase_groups.recency_days / 7.0e0',
            'purchase_groups.age_days / 7.0e0'
        ) | indent(8) }} as probability_alive,
        {% for name in horizons %}
        spans.alive_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from purchase_groups
    inner join fitted_models
        on purchase_groups.sample = fitted_models.sample
    inner join spans
        on
            purchase_groups.sample = spans.sample
            and purchase_groups.frequency = spans.frequency
            and purchase_groups.age_days = spans.age_days

),

expected as (

    select
        *,
        {% for name in horizons %}
        probability_alive * alive_{{ name }} as orders_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from joined

),

final as (

    select
        sample,
        frequency,
        recency_days,
        age_days,
        model_version,
        probability_alive,
        {% for days in [30, 90, 180, 365] %}
        orders_{{ days }}_days as expected_orders_{{ days }}_days,
        {% endfor %}
        orders_horizon as expected_orders,
        {{ discounted_orders('orders_') }} as discounted_orders
    from expected

)

select * from final
