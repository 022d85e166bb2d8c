{#- Periods within clv_horizon_weeks, of a year of 12 months and 52 weeks. -#}
{% set horizon = (
    var('clv_horizon_weeks') * 12 / 52 / var('renewal_months')
) | round(0, 'ceil') | int %}
with calendar_days as (

    select date_day
    from {{ ref('staging__calendar_days') }}

),

subscriber_groups as (

    select
        periods,
        is_lost,
        subscribers
    from {{ ref('intermediate__subscriber_groups') }}

),

fitted_models as (

    select
        model_version,
        alpha_value,
        beta_value
    from {{ ref('intermediate__fitted_models') }}
    where model = 'sbg'

),

longest as (

    select max(periods) as last_period
    from subscriber_groups

),

numbers as (

    select row_number() over (order by date_day) - 1 as period_number
    from calendar_days

),

periods as (

    select
        numbers.period_number,
        longest.last_period
    from numbers
    inner join longest
        on longest.last_period + 2 * {{ horizon }} >= numbers.period_number

),

counted as (

    select
        periods.period_number,
        periods.last_period,
        cast(coalesce(sum(subscriber_groups.subscribers), 0) as bigint) as at_risk_subscribers,
        cast(
            coalesce(
                sum(subscriber_groups.subscribers) filter (
                    where
                    subscriber_groups.is_lost
                    and subscriber_groups.periods = periods.period_number
                ), 0
            ) as bigint
        ) as lost_subscribers
    from periods
    left join subscriber_groups
        on periods.period_number <= subscriber_groups.periods
    group by 1, 2

),

rated as (

    select
        counted.*,
        fitted_models.model_version,
        fitted_models.alpha_value,
        fitted_models.beta_value,
        case
            when counted.period_number > 0
                then
                    {{ rate(
                        'counted.at_risk_subscribers - counted.lost_subscribers',
                        'counted.at_risk_subscribers'
                    ) }}
        end as observed_retention_rate,
        case
            when counted.period_number > 0
                then
                    (fitted_models.beta_value + counted.period_number - 1)
                    / (
                        fitted_models.alpha_value
                        + fitted_models.beta_value
                        + counted.period_number - 1
                    )
        end as fitted_retention_rate
    from counted
    left join fitted_models
        on counted.period_number >= 0

),

-- Products of rates, as sums of logarithms; after a period that nobody survived, 0. They are
-- published rounded: the last digit of a logarithm is the machine's.
survived as (

    select
        *,
        case
            when at_risk_subscribers = 0 then null
            when min(observed_retention_rate) over until_now = 0 then 0
            else exp(coalesce(sum(ln(nullif(observed_retention_rate, 0))) over until_now, 0))
        end as observed_survival,
        case
            when model_version is not null
                then exp(coalesce(sum(ln(fitted_retention_rate)) over until_now, 0))
        end as fitted_survival
    from rated
    window until_now as (
        order by period_number
        rows between unbounded preceding and current row
    )

),

ahead as (

    select
        *,
        sum(fitted_survival) over (
            order by period_number
            rows between 1 following and {{ horizon }} following
        ) as coming_survival
    from survived

),

final as (

    select
        period_number,
        at_risk_subscribers,
        lost_subscribers,
        observed_retention_rate,
        round(observed_survival, 12) as observed_survival,
        fitted_retention_rate,
        round(fitted_survival, 12) as fitted_survival,
        round(coming_survival / fitted_survival, 9) as residual_lifetime,
        case
            when alpha_value > 1 then (beta_value + period_number) / (alpha_value - 1)
        end as mean_residual_lifetime,
        cast(model_version as varchar(100)) as model_version
    from ahead
    where period_number <= last_period + {{ horizon }}

)

select * from final
