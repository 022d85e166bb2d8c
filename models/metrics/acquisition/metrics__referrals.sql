with periods as (

    {{ mart_periods(['customers', 'orders'], needed='customers') }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

sign_ups as (

    select
        referrer_id,
        is_member,
        is_activated,
        signed_up_date,
        eligible_from
    from {{ ref('intermediate__sign_ups') }}
    where referrer_id is not null

),

customer_values as (

    select
        historic_value,
        is_referred,
        first_order_date
    from {{ ref('intermediate__customer_values') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

daily_sign_ups as (

    select
        sign_ups.signed_up_date,
        sign_ups.referrer_id,
        count(*) as referred_signups,
        count(*) filter (
            where sign_ups.is_member and sign_ups.eligible_from <= run_context.as_of
        ) as eligible_signups,
        count(*) filter (
            where sign_ups.is_activated and sign_ups.eligible_from <= run_context.as_of
        ) as referred_buyers
    from sign_ups
    cross join run_context
    group by 1, 2

),

referrer_days as (

    select
        *,
        lag(signed_up_date) over (
            partition by referrer_id
            order by signed_up_date
        ) as previous_signed_up_date
    from daily_sign_ups

),

-- A referrer is counted once a period: on the first day of it on which he brought somebody.
signed_up as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(referrer_days.referred_signups) as bigint) as referred_signups,
        cast(sum(referrer_days.eligible_signups) as bigint) as eligible_signups,
        cast(sum(referrer_days.referred_buyers) as bigint) as referred_buyers,
        count(*) filter (
            where
                referrer_days.previous_signed_up_date is null
                or referrer_days.previous_signed_up_date < period_days.period_start
        ) as active_referrers
    from referrer_days
    inner join period_days
        on referrer_days.signed_up_date = period_days.date_day
    group by 1, 2, 3

),

daily_customers as (

    select
        first_order_date,
        count(*) as new_customers,
        count(*) filter (where is_referred) as referred_customers,
        sum(case when is_referred then historic_value else 0 end) as referred_value,
        sum(case when is_referred then 0 else historic_value end) as not_referred_value
    from customer_values
    group by first_order_date

),

acquired as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_customers.new_customers) as bigint) as new_customers,
        cast(sum(daily_customers.referred_customers) as bigint) as referred_customers,
        cast(sum(daily_customers.referred_value) as decimal(38, 4)) as referred_value,
        cast(sum(daily_customers.not_referred_value) as decimal(38, 4)) as not_referred_value
    from daily_customers
    inner join period_days
        on daily_customers.first_order_date = period_days.date_day
    group by 1, 2, 3

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        coalesce(signed_up.referred_signups, 0) as referred_signups,
        coalesce(signed_up.eligible_signups, 0) as eligible_signups,
        coalesce(signed_up.referred_buyers, 0) as referred_buyers,
        coalesce(signed_up.active_referrers, 0) as active_referrers,
        coalesce(acquired.new_customers, 0) as new_customers,
        coalesce(acquired.referred_customers, 0) as referred_customers,
        acquired.referred_value,
        acquired.not_referred_value
    from periods
    left join signed_up
        on
            periods.calendar = signed_up.calendar
            and periods.period_grain = signed_up.period_grain
            and periods.period_start = signed_up.period_start
    left join acquired
        on
            periods.calendar = acquired.calendar
            and periods.period_grain = acquired.period_grain
            and periods.period_start = acquired.period_start

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        referred_signups,
        eligible_signups,
        referred_buyers,
        active_referrers,
        new_customers,
        referred_customers,
        {{ rate('referred_buyers', 'eligible_signups') }} as referral_conversion_rate,
        {{ rate('referred_customers', 'new_customers') }} as share_of_new_customers,
        cast({{ money_per('referred_value', 'referred_customers') }} as decimal(38, 4))
            as clv_referred,
        cast(
            {{ money_per('not_referred_value', '(new_customers - referred_customers)') }}
            as decimal(38, 4)
        ) as clv_not_referred,
        referred_value,
        not_referred_value
    from joined

)

select * from final
