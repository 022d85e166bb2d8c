with periods as (

    {{ mart_periods(['orders']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start,
        period_end
    from {{ ref('intermediate__period_days') }}

),

daily_flow as (

    select *
    from {{ ref('intermediate__daily_flow') }}

),

spells as (

    select
        active_from,
        churns_on
    from {{ ref('intermediate__spells') }}

),

-- Imported apart: rows that are read twice under one name are kept until both have read them.
return_spells as (

    select
        customer_id,
        active_from,
        previous_active_from,
        previous_churned_on
    from {{ ref('intermediate__spells') }}
    where previous_active_from is not null

),

last_spells as (

    select
        customer_id,
        active_from,
        churns_on
    from {{ ref('intermediate__spells') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

first_order_day as (

    select min(flow_date) as first_order_date
    from daily_flow

),

movements as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_flow.new_customers) as bigint) as new_customers,
        cast(sum(daily_flow.reactivated_customers) as bigint) as reactivated_customers,
        cast(sum(daily_flow.churned_customers) as bigint) as churned_customers
    from daily_flow
    inner join period_days
        on daily_flow.flow_date = period_days.date_day
    group by 1, 2, 3

),

-- Spells that were running before the period in which they ended, by the day of their end.
endings as (

    select
        spells.churns_on,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where spells.active_from < calendar_days.{{ calendar }}_{{ grain }}_start
        ) as {{ calendar }}_{{ grain }}{{ ',' if not loop.last }}
        {% endfor %}
    from spells
    inner join run_context
        on spells.churns_on <= run_context.as_of
    inner join calendar_days
        on spells.churns_on = calendar_days.date_day
    group by spells.churns_on

),

ended as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        cast(sum(endings.{{ calendar }}_{{ grain }}) as bigint) as ended_customers
    from endings
    inner join calendar_days
        on endings.churns_on = calendar_days.date_day
    group by 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Customers who were active before a period, left in it and came back in it.
returns as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        least(period_days.period_end, run_context.as_of) as counted_to,
        return_spells.customer_id
    from return_spells
    cross join run_context
    inner join period_days
        on
            return_spells.active_from = period_days.date_day
            and return_spells.previous_active_from < period_days.period_start
            and return_spells.previous_churned_on >= period_days.period_start

),

-- Of those, the ones who are active when the period ends. Spells do not overlap, so the one that
-- holds then is the one in which they came back or a later one.
active_again as (

    select
        returns.calendar,
        returns.period_grain,
        returns.period_start
    from returns
    inner join last_spells
        on
            returns.customer_id = last_spells.customer_id
            and returns.counted_to >= last_spells.active_from
            and returns.counted_to < last_spells.churns_on

),

returned as (

    select
        calendar,
        period_grain,
        period_start,
        count(*) as returned_customers
    from active_again
    group by 1, 2, 3

),

counted as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        coalesce(movements.new_customers, 0) as new_customers,
        coalesce(movements.reactivated_customers, 0) as reactivated_customers,
        coalesce(movements.churned_customers, 0) as churned_customers,
        coalesce(ended.ended_customers, 0) - coalesce(returned.returned_customers, 0)
            as lost_customers,
        coalesce(
            periods.period_start < cast(
                first_order_day.first_order_date + {{ var('churn_after_days') }} as date
            ),
            true
        ) as is_burn_in
    from periods
    cross join first_order_day
    left join movements
        on
            periods.calendar = movements.calendar
            and periods.period_grain = movements.period_grain
            and periods.period_start = movements.period_start
    left join ended
        on
            periods.calendar = ended.calendar
            and periods.period_grain = ended.period_grain
            and periods.period_start = ended.period_start
    left join returned
        on
            periods.calendar = returned.calendar
            and periods.period_grain = returned.period_grain
            and periods.period_start = returned.period_start

),

balanced as (

    select
        *,
        cast(
            sum(new_customers + reactivated_customers - churned_customers) over (
                partition by calendar, period_grain
                order by period_start
                rows between unbounded preceding and current row
            ) as bigint
        ) as customers_end
    from counted

),

opened as (

    select
        *,
        customers_end - new_customers - reactivated_customers + churned_customers
            as customers_start
    from balanced

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        is_burn_in,
        customers_start,
        new_customers,
        reactivated_customers,
        churned_customers,
        customers_end,
        lost_customers,
        {{ rate('lost_customers', 'customers_start') }} as churn_rate,
        {{ rate('customers_start - lost_customers', 'customers_start') }} as retention_rate,
        {{ rate('customers_start - customers_end', 'customers_start') }} as net_customer_loss_rate,
        {{ rate('churned_customers', 'new_customers') }} as leaky_bucket_ratio
    from opened

)

select * from final
