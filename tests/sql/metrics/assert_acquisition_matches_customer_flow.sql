-- Prevents: a new customer without a channel, or in two. Over the channels a period has the new
-- customers of the flow, and of the referrals where there is a table customers; what was spent is
-- the same in every grain.
with acquisition as (

    select *
    from {{ ref('metrics__acquisition') }}

),

referrals as (

    select *
    from {{ ref('metrics__referrals') }}

),

customer_flow as (

    select *
    from {{ ref('metrics__customer_flow') }}

),

referral_periods as (

    select count(*) as periods
    from referrals

),

acquired as (

    select
        calendar,
        period_grain,
        period_start,
        cast(sum(new_customers) as bigint) as new_customers
    from acquisition
    group by 1, 2, 3

),

spent as (

    select
        calendar,
        period_grain,
        sum(spend) as spend
    from acquisition
    group by 1, 2

),

final as (

    select
        'customers of ' || customer_flow.period_grain as difference,
        customer_flow.calendar,
        customer_flow.period_start
    from customer_flow
    cross join referral_periods
    left join acquired
        on
            customer_flow.calendar = acquired.calendar
            and customer_flow.period_grain = acquired.period_grain
            and customer_flow.period_start = acquired.period_start
    left join referrals
        on
            customer_flow.calendar = referrals.calendar
            and customer_flow.period_grain = referrals.period_grain
            and customer_flow.period_start = referrals.period_start
    where
        customer_flow.new_customers <> coalesce(acquired.new_customers, 0)
        or (
            referral_periods.periods > 0
            and customer_flow.new_customers <> coalesce(referrals.new_customers, 0)
        )
    union all
    select
        'spend of grains' as difference,
        null as calendar,
        null as period_start
    from spent
    having count(distinct spend) > 1

)

select * from final
