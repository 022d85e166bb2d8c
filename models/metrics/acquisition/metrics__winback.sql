with periods as (

    {{ mart_periods(['orders', 'marketing_spend']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

daily_flow as (

    select
        flow_date,
        churned_customers - reactivated_customers as pool_change
    from {{ ref('intermediate__daily_flow') }}

),

spells as (

    select
        active_from,
        previous_churned_on
    from {{ ref('intermediate__spells') }}
    where spell_number > 1

),

daily_spend as (

    select
        spend_date,
        amount
    from {{ ref('intermediate__daily_spend') }}
    where objective = 'winback'

),

campaign_spend as (

    select
        campaign,
        amount
    from {{ ref('intermediate__campaign_spend') }}
    where objective = 'winback'

),

experiments as (

    select
        campaign,
        incremental_value,
        first_sent_date
    from {{ ref('metrics__experiments') }}
    where
        outcome = 'converted'
        and segment = 'all'
        and incremental_value is not null

),

returns as (

    select
        active_from,
        previous_churned_on,
        count(*) as customers
    from spells
    group by 1, 2

),

moved as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        sum(daily_flow.pool_change) as pool_change
    from daily_flow
    inner join period_days
        on daily_flow.flow_date = period_days.date_day
    group by 1, 2, 3

),

-- Of a customer's returns in a period only the first can follow a churn before it.
won_back as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(returns.customers) as bigint) as won_back_customers
    from returns
    inner join period_days
        on
            returns.active_from = period_days.date_day
            and returns.previous_churned_on < period_days.period_start
    group by 1, 2, 3

),

spent as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        sum(daily_spend.amount) as winback_spend
    from daily_spend
    inner join period_days
        on daily_spend.spend_date = period_days.date_day
    group by 1, 2, 3

),

-- A campaign with a holdout counts, whole, in the period of its first send.
measured_campaigns as (

    select
        experiments.campaign,
        campaign_spend.amount,
        experiments.first_sent_date,
        sum(experiments.incremental_value order by experiments.incremental_value)
            as incremental_customers
    from experiments
    inner join campaign_spend
        on experiments.campaign = campaign_spend.campaign
    group by 1, 2, 3

),

measured as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        sum(measured_campaigns.amount) as measured_spend,
        sum(measured_campaigns.incremental_customers order by measured_campaigns.campaign)
            as incremental_customers
    from measured_campaigns
    inner join period_days
        on measured_campaigns.first_sent_date = period_days.date_day
    group by 1, 2, 3

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        cast(
            coalesce(
                sum(coalesce(moved.pool_change, 0)) over (
                    partition by periods.calendar, periods.period_grain
                    order by periods.period_start
                    rows between unbounded preceding and 1 preceding
                ), 0
            ) as bigint
        ) as churned_pool,
        coalesce(won_back.won_back_customers, 0) as won_back_customers,
        cast(coalesce(spent.winback_spend, 0) as decimal(38, 4)) as winback_spend,
        cast(coalesce(measured.measured_spend, 0) as decimal(38, 4)) as measured_spend,
        measured.incremental_customers
    from periods
    left join moved
        on
            periods.calendar = moved.calendar
            and periods.period_grain = moved.period_grain
            and periods.period_start = moved.period_start
    left join won_back
        on
            periods.calendar = won_back.calendar
            and periods.period_grain = won_back.period_grain
            and periods.period_start = won_back.period_start
    left join spent
        on
            periods.calendar = spent.calendar
            and periods.period_grain = spent.period_grain
            and periods.period_start = spent.period_start
    left join measured
        on
            periods.calendar = measured.calendar
            and periods.period_grain = measured.period_grain
            and periods.period_start = measured.period_start

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        churned_pool,
        won_back_customers,
        {{ rate('won_back_customers', 'churned_pool') }} as winback_rate,
        winback_spend,
        cast({{ money_per('winback_spend', 'won_back_customers') }} as decimal(38, 4))
            as cost_per_winback,
        measured_spend,
        incremental_customers,
        case
            when incremental_customers > 0
                then {{ rate('measured_spend', 'incremental_customers') }}
        end as cost_per_incremental_customer
    from joined

)

select * from final
