with outcomes as (

    select *
    from {{ ref('intermediate__experiment_outcomes') }}

),

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

-- Customers who did the same count as one row: most did nothing.
cells as (

    select
        outcomes.campaign,
        outcomes.variant,
        outcomes.segment,
        outcomes.revenue,
        outcomes.revenue_before,
        outcomes.is_visited,
        outcomes.is_converted,
        outcomes.is_repeat,
        count(*) as units
    from outcomes
    inner join run_context
        on outcomes.closes_at < run_context.as_of_end_at
    group by 1, 2, 3, 4, 5, 6, 7, 8

),

segmented as (

    {% for segment in ["'all'", 'segment'] %}
    select
        campaign,
        variant,
        cast({{ segment }} as varchar(200)) as segment,
        revenue,
        revenue_before,
        is_visited,
        is_converted,
        is_repeat,
        cast(sum(units) as bigint) as units
    from cells
    group by 1, 2, 3, 4, 5, 6, 7, 8
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

totals as (

    select
        campaign,
        variant,
        segment,
        sum(units) as units,
        sum(units * revenue) as revenue,
        sum(units * revenue_before) as revenue_before,
        {% for outcome in ['visited', 'converted', 'repeat'] %}
        sum(case when is_{{ outcome }} then units else 0 end) as {{ outcome }},
        sum(case when is_{{ outcome }} then units * revenue_before else 0 end)
            as {{ outcome }}_before{{ ',' if not loop.last }}
        {% endfor %}
    from segmented
    group by 1, 2, 3

),

averages as (

    select
        *,
        cast(revenue as double) / units as mean_revenue,
        cast(revenue_before as double) / units as mean_before
    from totals

),

deviations as (

    select
        segmented.campaign,
        segmented.variant,
        segmented.segment,
        segmented.revenue,
        segmented.revenue_before,
        segmented.units,
        cast(segmented.revenue as double) - averages.mean_revenue as from_mean,
        cast(segmented.revenue_before as double) - averages.mean_before as from_mean_before
    from segmented
    inner join averages
        on
            segmented.campaign = averages.campaign
            and segmented.variant = averages.variant
            and segmented.segment = averages.segment

),

-- Sums of floating-point numbers are added up in one order, so that two runs agree to the bit.
squares as (

    select
        campaign,
        variant,
        segment,
        {% for name, product in [
            ('revenue_squares', 'from_mean * from_mean'),
            ('before_squares', 'from_mean_before * from_mean_before'),
            ('revenue_products', 'from_mean * from_mean_before')
        ] %}
        sum(units * {{ product }} order by revenue, revenue_before, units)
            as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from deviations
    group by 1, 2, 3

),

final as (

    {% for outcome in ['visited', 'converted', 'repeat', 'revenue'] %}
    select
        averages.campaign,
        averages.variant,
        cast('{{ outcome }}' as varchar(40)) as outcome,
        averages.segment,
        cast(averages.units as bigint) as units,
        cast(averages.{{ outcome }} as decimal(38, 4)) as total,
        {{ rate('averages.' ~ outcome, 'averages.units') }} as mean,
        {% if outcome == 'revenue' %}
        squares.revenue_squares as outcome_squares,
        squares.revenue_products as products,
        {% else %}
        {{ rate(
            'averages.' ~ outcome ~ ' * (averages.units - averages.' ~ outcome ~ ')',
            'averages.units'
        ) }} as outcome_squares,
        cast(averages.{{ outcome }}_before as double)
        - averages.{{ outcome }} * averages.mean_before as products,
        {% endif %}
        averages.mean_before,
        squares.before_squares
    from averages
    inner join squares
        on
            averages.campaign = squares.campaign
            and averages.variant = squares.variant
            and averages.segment = squares.segment
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
