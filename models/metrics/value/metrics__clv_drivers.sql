with cells as (

    select *
    from {{ ref('intermediate__clv_cells') }}

),

ages as (

    select
        calendar,
        cohort_month,
        month_number,
        is_complete,
        cast(sum(cohort_customers) as bigint) as cohort_customers,
        sum(cumulative_historic_value) as cumulative_historic_value
    from cells
    group by 1, 2, 3, 4

),

cohorts as (

    select
        calendar,
        cohort_month,
        lag(cohort_month) over (
            partition by calendar
            order by cohort_month
        ) as previous_cohort_month
    from ages
    where month_number = 0

),

pairs as (

    select
        ages.calendar,
        ages.cohort_month,
        ages.month_number,
        cohorts.previous_cohort_month,
        ages.is_complete,
        ages.cohort_customers,
        previous_ages.cohort_customers as previous_cohort_customers,
        cast(
            {{ money_per('ages.cumulative_historic_value', 'ages.cohort_customers') }}
            as decimal(38, 4)
        ) as clv,
        cast(
            {{ money_per(
                'previous_ages.cumulative_historic_value', 'previous_ages.cohort_customers'
            ) }} as decimal(38, 4)
        ) as previous_clv
    from ages
    inner join cohorts
        on
            ages.calendar = cohorts.calendar
            and ages.cohort_month = cohorts.cohort_month
    inner join ages as previous_ages
        on
            cohorts.calendar = previous_ages.calendar
            and cohorts.previous_cohort_month = previous_ages.cohort_month
            and ages.month_number = previous_ages.month_number

),

sides as (

    select
        pairs.calendar,
        pairs.cohort_month,
        pairs.month_number,
        cells.acquisition_channel,
        cells.cohort_customers as customers,
        0 as previous_customers,
        cells.historic_clv,
        cast(null as decimal(38, 4)) as previous_historic_clv
    from pairs
    inner join cells
        on
            pairs.calendar = cells.calendar
            and pairs.cohort_month = cells.cohort_month
            and pairs.month_number = cells.month_number
    union all
    select
        pairs.calendar,
        pairs.cohort_month,
        pairs.month_number,
        cells.acquisition_channel,
        0 as customers,
        cells.cohort_customers as previous_customers,
        cast(null as decimal(38, 4)) as historic_clv,
        cells.historic_clv as previous_historic_clv
    from pairs
    inner join cells
        on
            pairs.calendar = cells.calendar
            and pairs.previous_cohort_month = cells.cohort_month
            and pairs.month_number = cells.month_number

),

-- A channel that one of the two cohorts lacks takes the other's value.
channels as (

    select
        calendar,
        cohort_month,
        month_number,
        acquisition_channel,
        sum(customers) as customers,
        sum(previous_customers) as previous_customers,
        coalesce(max(historic_clv), max(previous_historic_clv))
        + coalesce(max(previous_historic_clv), max(historic_clv)) as both_values
    from sides
    group by 1, 2, 3, 4

),

-- Σ (s₁ − s₀)(v₀ + v₁) ÷ 2 over one denominator, so that it is divided once.
mixes as (

    select
        pairs.calendar,
        pairs.cohort_month,
        pairs.month_number,
        sum(
            (
                channels.customers * pairs.previous_cohort_customers
                - channels.previous_customers * pairs.cohort_customers
            ) * channels.both_values
        ) as weighted_values
    from channels
    inner join pairs
        on
            channels.calendar = pairs.calendar
            and channels.cohort_month = pairs.cohort_month
            and channels.month_number = pairs.month_number
    group by 1, 2, 3

),

driven as (

    select
        pairs.*,
        cast(pairs.clv - pairs.previous_clv as decimal(38, 4)) as clv_change,
        cast(
            {{ money_per(
                'mixes.weighted_values',
                '(2 * pairs.cohort_customers * pairs.previous_cohort_customers)'
            ) }} as decimal(38, 4)
        ) as mix
    from pairs
    inner join mixes
        on
            pairs.calendar = mixes.calendar
            and pairs.cohort_month = mixes.cohort_month
            and pairs.month_number = mixes.month_number

),

final as (

    select
        calendar,
        cohort_month,
        month_number,
        previous_cohort_month,
        is_complete,
        cohort_customers,
        previous_cohort_customers,
        clv,
        previous_clv,
        clv_change,
        mix,
        cast(clv_change - mix as decimal(38, 4)) as within
    from driven

)

select * from final
