{% set keys = ['campaign', 'segment', 'outcome'] %}
with arms as (

    select *
    from {{ ref('intermediate__experiment_results') }}

),

units as (

    select *
    from {{ ref('intermediate__experiment_units') }}

),

run_context as (

    select as_of_end_at
    from {{ ref('staging__run_context') }}

),

campaign_spend as (

    select
        campaign,
        amount
    from {{ ref('intermediate__campaign_spend') }}

),

sample_ratios as (

    select *
    from {{ ref('intermediate__sample_ratios') }}

),

spent as (

    select
        campaign,
        sum(amount) as amount
    from campaign_spend
    group by campaign

),

campaigns as (

    select
        campaign,
        count(*) filter (where is_contacted) as contacted_customers,
        min(sent_date) as first_sent_date
    from units
    group by campaign

),

in_two_variants as (

    {% for segment in ["'all'", 'units.segment'] %}
    select
        units.campaign,
        cast({{ segment }} as varchar(200)) as segment,
        count(*) as customers
    from units
    inner join run_context
        on units.closes_at < run_context.as_of_end_at
    where units.is_in_two_variants
    group by 1, 2
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

ratio_tests as (

    select
        campaign,
        segment,
        chi_square,
        {{ chi_square_upper_tail('chi_square', 'degrees_of_freedom') }} as p_value
    from sample_ratios

),

compared as (

    select
        arms.*,
        holdout.units as holdout_units,
        holdout.mean as holdout_mean,
        holdout.outcome_squares as holdout_squares,
        holdout.before_squares as holdout_before_squares,
        holdout.products as holdout_products,
        arms.mean - holdout.mean as difference,
        cast(arms.total as double)
        - cast(holdout.total as double) * arms.units / holdout.units as incremental_value,
        arms.mean_before - holdout.mean_before as difference_before,
        (arms.products + holdout.products)
        / nullif(arms.before_squares + holdout.before_squares, 0) as cuped_theta
    from arms
    left join arms as holdout
        on
            {% for key in keys %}
            arms.{{ key }} = holdout.{{ key }}
            and
            {% endfor %}
            holdout.variant = 'holdout'
            and arms.variant <> 'holdout'

),

-- What is tested twice: the difference as it is, and without what the time before explains.
-- Variance of each arm's mean: of a rate p (1 - p) / n, of a mean that of the sample / n.
tested as (

    select
        campaign,
        variant,
        segment,
        outcome,
        'plain' as estimator,
        difference,
        {% for arm, squares in [('', 'outcome_squares'), ('holdout_', 'holdout_squares')] %}
        {{ squares }} / nullif(cast({{ arm }}units as double), 0) / case
            when outcome = 'revenue' then nullif(cast({{ arm }}units as double) - 1, 0)
            else {{ arm }}units
        end as {{ arm or 'arm_' }}variance,
        {% endfor %}
        outcome <> 'revenue' as is_normal,
        units,
        holdout_units
    from compared
    where holdout_units is not null
    union all
    select
        campaign,
        variant,
        segment,
        outcome,
        'cuped' as estimator,
        difference - cuped_theta * difference_before as difference,
        {% for arm, squares in [('', 'outcome_squares'), ('holdout_', 'holdout_squares')] %}
        -- What is left of the squares, where it is more than the noise of floating point.
        case
            when {{ residual_squares(arm, squares) }} > 1e-12 * {{ squares }}
                then {{ residual_squares(arm, squares) }}
            else 0
        end
        / nullif(cast({{ arm }}units as double), 0)
        / nullif(cast({{ arm }}units as double) - 1, 0) as {{ arm or 'arm_' }}variance,
        {% endfor %}
        false as is_normal,
        units,
        holdout_units
    from compared
    where holdout_units is not null and cuped_theta is not null

),

-- Welch's degrees of freedom; a billion of them are the normal distribution.
scored as (

    select
        *,
        sqrt(arm_variance + holdout_variance) as standard_error,
        case
            when is_normal then 1e9
            else
                (arm_variance + holdout_variance) * (arm_variance + holdout_variance)
                / nullif(
                    arm_variance * arm_variance / nullif(cast(units as double) - 1, 0)
                    + holdout_variance * holdout_variance
                    / nullif(cast(holdout_units as double) - 1, 0), 0
                )
        end as degrees_of_freedom
    from tested

),

standardised as (

    select
        *,
        abs(difference) / nullif(standard_error, 0) as statistic
    from scored

),

{{ student_p_values('standardised') }},

judged as (

    select
        *,
        case
            when is_normal then {{ normal_quantile_975() }}
            else {{ student_quantile_975('degrees_of_freedom') }}
        end * nullif(standard_error, 0) as margin
    from student_tested

),

joined as (

    select
        compared.*,
        coalesce(in_two_variants.customers, 0) as customers_in_two_variants,
        plain.standard_error,
        case when not plain.is_normal then plain.degrees_of_freedom end as degrees_of_freedom,
        plain.margin,
        plain.p_value,
        plain.arm_variance * compared.units as unit_variance,
        plain.holdout_variance * compared.holdout_units as holdout_unit_variance,
        cuped.difference as cuped_difference,
        cuped.standard_error as cuped_standard_error,
        cuped.margin as cuped_margin,
        cuped.p_value as cuped_p_value,
        revenue.incremental_value as incremental_revenue,
        case
            when compared.variant <> 'holdout'
                then
                    cast(
                        {{ money_share(
                            'spent.amount', 'compared.units', 'campaigns.contacted_customers'
                        ) }} as decimal(38, 4)
                    )
        end as campaign_cost,
        ratio_tests.chi_square as sample_ratio_chi_square,
        ratio_tests.p_value as sample_ratio_p_value,
        campaigns.first_sent_date
    from compared
    inner join campaigns
        on compared.campaign = campaigns.campaign
    inner join compared as revenue
        on
            compared.campaign = revenue.campaign
            and compared.variant = revenue.variant
            and compared.segment = revenue.segment
            and revenue.outcome = 'revenue'
    {% for estimator in ['plain', 'cuped'] %}
    left join judged as {{ estimator }}
        on
            compared.campaign = {{ estimator }}.campaign
            and compared.variant = {{ estimator }}.variant
            and compared.segment = {{ estimator }}.segment
            and compared.outcome = {{ estimator }}.outcome
            and {{ estimator }}.estimator = '{{ estimator }}'
    {% endfor %}
    left join in_two_variants
        on
            compared.campaign = in_two_variants.campaign
            and compared.segment = in_two_variants.segment
    left join ratio_tests
        on
            compared.campaign = ratio_tests.campaign
            and compared.segment = ratio_tests.segment
    left join spent
        on compared.campaign = spent.campaign

),

final as (

    select
        campaign,
        variant,
        outcome,
        segment,
        units,
        holdout_units,
        customers_in_two_variants,
        total,
        mean,
        holdout_mean,
        difference,
        {{ rate('difference', 'holdout_mean') }} as relative_lift,
        standard_error,
        degrees_of_freedom,
        difference - margin as ci_low,
        difference + margin as ci_high,
        p_value,
        nullif(standard_error, 0) * {{ detectable_standard_errors() }}
            as minimum_detectable_effect,
        {{ sample_size('difference', 'unit_variance', 'holdout_unit_variance') }}
            as units_to_detect,
        incremental_value,
        incremental_revenue,
        campaign_cost,
        case
            when incremental_value > 0 then cast(campaign_cost as double) / incremental_value
        end as cost_per_incremental_outcome,
        cuped_theta,
        cuped_difference,
        cuped_standard_error,
        cuped_difference - cuped_margin as cuped_ci_low,
        cuped_difference + cuped_margin as cuped_ci_high,
        cuped_p_value,
        1 - {{ rate(
            'cuped_standard_error * cuped_standard_error', 'standard_error * standard_error'
        ) }} as cuped_variance_reduction,
        sample_ratio_chi_square,
        sample_ratio_p_value,
        sample_ratio_p_value < 0.01 as sample_ratio_warning,
        first_sent_date
    from joined

)

select * from final
