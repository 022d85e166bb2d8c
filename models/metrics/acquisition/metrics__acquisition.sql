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

daily_spend as (

    select
        spend_date,
        channel,
        amount
    from {{ ref('intermediate__daily_spend') }}
    where objective = 'acquisition'

),

customer_values as (

    select
        customer_id,
        channel,
        first_order_margin,
        historic_value,
        first_order_date
    from {{ ref('intermediate__customer_values') }}

),

clv as (

    select
        customer_id,
        predicted_clv
    from {{ ref('customers__clv') }}

),

value_months as (

    select *
    from {{ ref('intermediate__value_months') }}

),

daily_customers as (

    select
        customer_values.first_order_date,
        customer_values.channel,
        count(*) as new_customers,
        count(customer_values.first_order_margin) as first_order_margin_customers,
        sum(customer_values.first_order_margin) as first_order_margin,
        sum(customer_values.historic_value) as historic_value,
        count(clv.predicted_clv) as predicted_customers,
        sum(cast(clv.predicted_clv as decimal(38, 4))) as predicted_value
    from customer_values
    inner join clv
        on customer_values.customer_id = clv.customer_id
    group by 1, 2

),

spent as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        daily_spend.channel,
        cast(sum(daily_spend.amount) as decimal(38, 4)) as spend
    from daily_spend
    inner join period_days
        on daily_spend.spend_date = period_days.date_day
    group by 1, 2, 3, 4

),

acquired as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        daily_customers.channel,
        cast(sum(daily_customers.new_customers) as bigint) as new_customers,
        cast(sum(daily_customers.first_order_margin_customers) as bigint)
            as first_order_margin_customers,
        cast(sum(daily_customers.first_order_margin) as decimal(38, 4)) as first_order_margin,
        cast(sum(daily_customers.historic_value) as decimal(38, 4)) as historic_value,
        cast(sum(daily_customers.predicted_customers) as bigint) as predicted_customers,
        cast(sum(daily_customers.predicted_value) as decimal(38, 4)) as predicted_value
    from daily_customers
    inner join period_days
        on daily_customers.first_order_date = period_days.date_day
    group by 1, 2, 3, 4

),

earned as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        value_months.channel,
        value_months.month_number,
        sum(value_months.historic_value) as historic_value
    from value_months
    inner join period_days
        on
            value_months.first_order_date = period_days.date_day
            and value_months.calendar = period_days.calendar
    group by 1, 2, 3, 4, 5

),

accumulated as (

    select
        *,
        sum(historic_value) over (
            partition by calendar, period_grain, period_start, channel
            order by month_number
            rows between unbounded preceding and current row
        ) as cumulative_value
    from earned

),

paid_back as (

    select
        accumulated.calendar,
        accumulated.period_grain,
        accumulated.period_start,
        accumulated.channel,
        min(accumulated.month_number) as payback_months
    from accumulated
    left join spent
        on
            accumulated.calendar = spent.calendar
            and accumulated.period_grain = spent.period_grain
            and accumulated.period_start = spent.period_start
            and accumulated.channel = spent.channel
    where accumulated.cumulative_value >= coalesce(spent.spend, 0)
    group by 1, 2, 3, 4

),

channels as (

    select channel
    from daily_spend
    union
    select channel
    from daily_customers

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        channels.channel as acquisition_channel,
        cast(coalesce(spent.spend, 0) as decimal(38, 4)) as spend,
        coalesce(acquired.new_customers, 0) as new_customers,
        acquired.first_order_margin as total_first_order_margin,
        coalesce(acquired.first_order_margin_customers, 0) as first_order_margin_customers,
        acquired.historic_value,
        acquired.predicted_value,
        coalesce(acquired.predicted_customers, 0) as predicted_customers,
        paid_back.payback_months
    from periods
    cross join channels
    left join spent
        on
            periods.calendar = spent.calendar
            and periods.period_grain = spent.period_grain
            and periods.period_start = spent.period_start
            and channels.channel = spent.channel
    left join acquired
        on
            periods.calendar = acquired.calendar
            and periods.period_grain = acquired.period_grain
            and periods.period_start = acquired.period_start
            and channels.channel = acquired.channel
    left join paid_back
        on
            periods.calendar = paid_back.calendar
            and periods.period_grain = paid_back.period_grain
            and periods.period_start = paid_back.period_start
            and channels.channel = paid_back.channel

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        acquisition_channel,
        spend,
        new_customers,
        cast({{ money_per('spend', 'new_customers') }} as decimal(38, 4)) as cac,
        cast(
            {{ money_per('total_first_order_margin', 'first_order_margin_customers') }}
            as decimal(38, 4)
        ) as first_order_margin,
        cast({{ money_per('historic_value', 'new_customers') }} as decimal(38, 4)) as ltv,
        cast({{ money_per('predicted_value', 'predicted_customers') }} as decimal(38, 4))
            as predicted_ltv,
        {{ rate('historic_value', 'spend') }} as ltv_to_cac,
        payback_months,
        first_order_margin_customers,
        total_first_order_margin,
        historic_value as total_value,
        predicted_customers,
        predicted_value as total_predicted_value
    from joined

)

select * from final
