-- Prevents: a split that is not the dictionary's. What mix leaves of the change is what the values
-- within the channels say, but for the rounding of the parts.
with clv_drivers as (

    select *
    from {{ ref('metrics__clv_drivers') }}

),

clv_cohorts as (

    select
        calendar,
        cohort_month,
        month_number,
        acquisition_channel,
        cohort_customers,
        historic_clv
    from {{ ref('metrics__clv_cohorts') }}

),

sides as (

    select
        clv_drivers.calendar,
        clv_drivers.cohort_month,
        clv_drivers.month_number,
        clv_cohorts.acquisition_channel,
        case when clv_cohorts.cohort_month = clv_drivers.cohort_month then 1 else 0 end as is_later,
        cast(clv_cohorts.cohort_customers as double)
        / case
            when clv_cohorts.cohort_month = clv_drivers.cohort_month
                then clv_drivers.cohort_customers
            else clv_drivers.previous_cohort_customers
        end as share_of_cohort,
        cast(clv_cohorts.historic_clv as double) as channel_value
    from clv_drivers
    inner join clv_cohorts
        on
            clv_drivers.calendar = clv_cohorts.calendar
            and clv_drivers.month_number = clv_cohorts.month_number
            and clv_cohorts.cohort_month in (
                clv_drivers.cohort_month, clv_drivers.previous_cohort_month
            )

),

channels as (

    select
        calendar,
        cohort_month,
        month_number,
        acquisition_channel,
        sum(share_of_cohort) as both_shares,
        max(channel_value * is_later) filter (where is_later = 1)
        - max(channel_value) filter (where is_later = 0) as value_change
    from sides
    group by 1, 2, 3, 4

),

within_channels as (

    select
        calendar,
        cohort_month,
        month_number,
        sum(coalesce(value_change, 0) * both_shares / 2) as within_values
    from channels
    group by 1, 2, 3

),

final as (

    select clv_drivers.*
    from clv_drivers
    left join within_channels
        on
            clv_drivers.calendar = within_channels.calendar
            and clv_drivers.cohort_month = within_channels.cohort_month
            and clv_drivers.month_number = within_channels.month_number
    where
        within_channels.within_values is null
        -- Doubles know sixteen digits of large money.
        or abs(cast(clv_drivers.within as double) - within_channels.within_values)
        > 0.0003 + 1e-12 * (abs(clv_drivers.clv) + abs(clv_drivers.previous_clv))

)

select * from final
