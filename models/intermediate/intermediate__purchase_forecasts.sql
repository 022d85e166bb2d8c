{#-
    E(orders in t weeks | still ordering) is the mean, over the chance p to leave after an order, of
        f(p) = (1 - (1 + p q)^-s) / p,   s = r + x,  q = t / (alpha + T),  p ~ Beta(a, b + x):
    the integral that 2F1 stands for in the published formula, without its division by a - 1.
    f is split into the line through its ends, whose mean is known, and a rest that is 0 at both;
    the rest over p (1 - p) is averaged over Beta(a + 1, b + x + 1), so its weights need no gamma
    function. The trapezoid rule over the log odds of p does that: there the poles lie pi away from
    the line of integration whatever the parameters, so the error falls exponentially with the
    number of nodes. 64 keep it below 1e-6 over the tested range of parameters.
-#}
{% set nodes = 64 %}
with purchase_groups as (

    select
        sample,
        frequency,
        age_days
    from {{ ref('intermediate__purchase_groups') }}

),

fitted_models as (

    select
        sample,
        model_version,
        r_value,
        alpha_value,
        a_value,
        b_value
    from {{ ref('intermediate__fitted_models') }}
    where model = 'bg_nbd'

),

fit_request as (

    select holdout_days
    from {{ ref('intermediate__fit_request') }}

),

ages as (

    select distinct
        sample,
        frequency,
        age_days
    from purchase_groups

),

horizons as (

    {% for name, days in forecast_horizons().items() %}
    select
        'all' as sample,
        '{{ name }}' as horizon,
        cast({{ days }} as double) as horizon_days
    union all
    {% endfor %}
    select
        'calibration' as sample,
        'horizon' as horizon,
        cast(holdout_days as double) as horizon_days
    from fit_request

),

points as (

    select
        ages.sample,
        ages.frequency,
        ages.age_days,
        horizons.horizon,
        horizons.horizon_days,
        fitted_models.a_value as leave_power,
        fitted_models.b_value + ages.frequency as stay_power,
        fitted_models.r_value + ages.frequency as shape,
        horizons.horizon_days / (7 * fitted_models.alpha_value + ages.age_days) as reach
    from ages
    inner join fitted_models
        on ages.sample = fitted_models.sample
    inner join horizons
        on
            ages.sample = horizons.sample
            and horizons.horizon_days > 0

),

ends as (

    select
        *,
        shape * reach as value_at_0,
        1 - exp(-shape * ln(1 + reach)) as value_at_1,
        ln((leave_power + 1) / (stay_power + 1)) as peak_odds,
        1 / (leave_power + 1) as left_scale,
        1 / (stay_power + 1) as right_scale,
        (leave_power + 1) * ln((leave_power + 1) / (leave_power + stay_power + 2))
        + (stay_power + 1) * ln((stay_power + 1) / (leave_power + stay_power + 2)) as peak_log
    from points

),

-- Beyond these log odds the weights have fallen by e^14.
spans as (

    select
        *,
        least(peak_odds, -ln(value_at_0))
        - sqrt(28 * (left_scale + right_scale)) - 14 * left_scale as first_odds,
        peak_odds + sqrt(28 * (left_scale + right_scale)) + 14 * right_scale as last_odds
    from ends

),

nodes as (

    select
        *,
        {% for node in range(nodes) %}
        1 / (
            1 + exp(-first_odds - {{ node }} * (last_odds - first_odds) / {{ nodes - 1 }})
        ) as chance_{{ node }}{{ ',' if not loop.last }}
        {% endfor %}
    from spans

),

weights as (

    select
        *,
        {% for node in range(nodes) %}
        {% set chance = 'chance_' ~ node %}
        exp(
            (leave_power + 1) * ln({{ chance }})
            + (stay_power + 1) * ln(1 - {{ chance }})
            - peak_log
        ) as weight_{{ node }},
        -- The second line is the first one's series, for a chance too small to subtract.
        case
            when (shape + 1) * {{ chance }} * reach > 0.0001
                then (1 - exp(-shape * ln(1 + {{ chance }} * reach))) / {{ chance }}
            else
                value_at_0 * (
                    1 - (shape + 1) * {{ chance }} * reach / 2
                    * (1 - (shape + 2) * {{ chance }} * reach / 3)
                )
        end as value_{{ node }}{{ ',' if not loop.last }}
        {% endfor %}
    from nodes

),

summed as (

    select
        sample,
        frequency,
        age_days,
        horizon,
        horizon_days,
        leave_power,
        stay_power,
        value_at_0,
        value_at_1,
        (
            {% for node in range(nodes) %}
            {% set chance = 'chance_' ~ node %}
            {{ '+ ' if not loop.first }}weight_{{ node }} * (
                value_{{ node }} - value_at_0 * (1 - {{ chance }}) - value_at_1 * {{ chance }}
            ) / ({{ chance }} * (1 - {{ chance }}))
            {% endfor %}
        ) / (
            {% for node in range(nodes) %}
            {{ '+ ' if not loop.first }}weight_{{ node }}
            {% endfor %}
        ) as mean_rest
    from weights

),

final as (

    select
        sample,
        frequency,
        age_days,
        horizon,
        horizon_days,
        (
            value_at_0 * stay_power
            + value_at_1 * leave_power
            + mean_rest * leave_power * stay_power / (leave_power + stay_power + 1)
        ) / (leave_power + stay_power) as expected_orders_alive
    from summed

)

select * from final
