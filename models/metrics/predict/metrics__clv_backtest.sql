with histories as (

    select
        calibration_frequency,
        calibration_recency_days,
        calibration_age_days,
        holdout_order_days
    from {{ ref('intermediate__purchase_histories') }}
    where calibration_frequency is not null

),

fit_request as (

    select
        as_of,
        calibration_ends_on,
        holdout_days
    from {{ ref('intermediate__fit_request') }}

),

scores as (

    select *
    from {{ ref('intermediate__purchase_scores') }}
    where sample = 'calibration'

),

-- Twelve decimals, so that sums do not depend on the order of the rows.
predictions as (

    select
        histories.calibration_frequency,
        histories.holdout_order_days,
        fit_request.calibration_ends_on,
        fit_request.as_of,
        fit_request.holdout_days,
        scores.model_version,
        cast(scores.expected_orders as decimal(18, 12)) as predicted,
        cast(
            coalesce(
                {{ rate(
                    'histories.calibration_frequency * fit_request.holdout_days',
                    'histories.calibration_age_days'
                ) }}, 0
            ) as decimal(18, 12)
        ) as naive
    from histories
    cross join fit_request
    left join scores
        on
            histories.calibration_frequency = scores.frequency
            and histories.calibration_recency_days = scores.recency_days
            and histories.calibration_age_days = scores.age_days

),

by_class as (

    select
        case
            when calibration_frequency > 6 then '7+'
            else cast(calibration_frequency as varchar(20))
        end as frequency_class,
        calibration_ends_on,
        as_of,
        holdout_days,
        model_version,
        count(*) as customers,
        sum(holdout_order_days) as actual_orders,
        sum(holdout_order_days * holdout_order_days) as actual_squares,
        {% for guess in ['predicted', 'naive'] %}
        sum({{ guess }}) as {{ guess }}_orders,
        sum(abs({{ guess }} - holdout_order_days)) as {{ guess }}_misses,
        sum(cast({{ guess }} * {{ guess }} as decimal(38, 20))) as {{ guess }}_squares,
        sum({{ guess }} * holdout_order_days) as {{ guess }}_products{{ ',' if not loop.last }}
        {% endfor %}
    from predictions
    group by 1, 2, 3, 4, 5

),

classed as (

    {% for frequency_class in ["'all'", 'frequency_class'] %}
    select
        {{ frequency_class }} as frequency_class,
        calibration_ends_on,
        as_of,
        holdout_days,
        model_version,
        customers,
        actual_orders,
        actual_squares,
        {% for guess in ['predicted', 'naive'] %}
        {{ guess }}_orders,
        {{ guess }}_misses,
        {{ guess }}_squares,
        {{ guess }}_products{{ ',' if not loop.last }}
        {% endfor %}
    from by_class
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summed as (

    select
        frequency_class,
        calibration_ends_on,
        as_of as holdout_ends_on,
        holdout_days,
        model_version,
        cast(sum(customers) as bigint) as customers,
        cast(sum(actual_orders) as bigint) as actual_orders,
        cast(sum(actual_squares) as double) as actual_squares,
        {% for guess in ['predicted', 'naive'] %}
        cast(sum({{ guess }}_orders) as double) as {{ guess }}_orders,
        cast(sum({{ guess }}_misses) as double) as {{ guess }}_misses,
        cast(sum({{ guess }}_squares) as double) as {{ guess }}_squares,
        cast(sum({{ guess }}_products) as double) as {{ guess }}_products{{
            ',' if not loop.last
        }}
        {% endfor %}
    from classed
    group by 1, 2, 3, 4, 5

),

final as (

    select
        cast(frequency_class as varchar(20)) as frequency_class,
        calibration_ends_on,
        holdout_ends_on,
        cast(holdout_days as bigint) as holdout_days,
        customers,
        actual_orders,
        {% for guess in ['predicted', 'naive'] %}
        {{ guess }}_orders,
        {{ rate(guess ~ '_orders - actual_orders', 'actual_orders') }} as {{ guess }}_error,
        {{ rate(guess ~ '_misses', 'customers') }} as {{ guess }}_mean_absolute_error,
        -- Rounded: the last digits of a root are the machine's.
        round(
            {{ rate(
                'customers * ' ~ guess ~ '_products - actual_orders * ' ~ guess ~ '_orders',
                'sqrt(greatest(customers * ' ~ guess ~ '_squares - '
                ~ guess ~ '_orders * ' ~ guess ~ '_orders, 0)'
                ~ ' * greatest('
                ~ 'customers * actual_squares - 1.0e0 * actual_orders * actual_orders, 0))'
            ) }}, 12
        ) as {{ guess }}_correlation,
        {% endfor %}
        cast(model_version as varchar(100)) as model_version
    from summed

)

select * from final
