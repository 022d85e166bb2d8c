with periods as (

    {{ mart_periods(['orders']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

churn_days as (

    select *
    from {{ ref('intermediate__churn_days') }}

),

churn_windows as (

    select window_values.churn_window_days
    from (
        values
        {% for days in churn_windows() %}
        ({{ days }}){{ ',' if not loop.last }}
        {% endfor %}
    ) as window_values (churn_window_days)

),

first_order_day as (

    select min(change_date) as first_order_date
    from churn_days
    where begun > 0

),

occurring_rhythms as (

    select distinct purchase_rhythm
    from churn_days

),

period_changes as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        churn_days.purchase_rhythm,
        churn_days.churn_window_days,
        sum(churn_days.begun - churn_days.ended) as change_of_customers,
        sum(
            case
                {% for calendar, grain in period_kinds() %}
                when
                    period_days.calendar = '{{ calendar }}'
                    and period_days.period_grain = '{{ grain }}'
                    then churn_days.{{ calendar }}_{{ grain }}_lost
                {% endfor %}
            end
        ) as lost_customers
    from churn_days
    inner join period_days
        on churn_days.change_date = period_days.date_day
    group by 1, 2, 3, 4, 5

),

by_rhythm as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        occurring_rhythms.purchase_rhythm,
        churn_windows.churn_window_days,
        coalesce(period_changes.change_of_customers, 0) as change_of_customers,
        coalesce(period_changes.lost_customers, 0) as lost_customers
    from periods
    cross join occurring_rhythms
    cross join churn_windows
    left join period_changes
        on
            periods.calendar = period_changes.calendar
            and periods.period_grain = period_changes.period_grain
            and periods.period_start = period_changes.period_start
            and occurring_rhythms.purchase_rhythm = period_changes.purchase_rhythm
            and churn_windows.churn_window_days = period_changes.churn_window_days

),

counted as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        purchase_rhythm,
        churn_window_days,
        change_of_customers,
        lost_customers
    from by_rhythm
    union all
    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        'all' as purchase_rhythm,
        churn_windows.churn_window_days,
        coalesce(sum(by_rhythm.change_of_customers), 0) as change_of_customers,
        coalesce(sum(by_rhythm.lost_customers), 0) as lost_customers
    from periods
    cross join churn_windows
    left join by_rhythm
        on
            periods.calendar = by_rhythm.calendar
            and periods.period_grain = by_rhythm.period_grain
            and periods.period_start = by_rhythm.period_start
            and churn_windows.churn_window_days = by_rhythm.churn_window_days
    group by 1, 2, 3, 4, 5, 6, 7

),

opened as (

    select
        *,
        cast(
            sum(change_of_customers) over (
                partition by calendar, period_grain, purchase_rhythm, churn_window_days
                order by period_start
                rows between unbounded preceding and current row
            ) - change_of_customers as bigint
        ) as customers_start
    from counted

),

final as (

    select
        opened.calendar,
        opened.period_grain,
        opened.period_start,
        opened.period_end,
        opened.is_complete,
        cast(opened.purchase_rhythm as varchar(20)) as purchase_rhythm,
        cast(opened.churn_window_days as integer) as churn_window_days,
        coalesce(
            opened.period_start < cast(
                first_order_day.first_order_date + opened.churn_window_days as date
            ),
            true
        ) as is_window_burn_in,
        opened.customers_start,
        cast(opened.lost_customers as bigint) as lost_customers,
        {{ rate('opened.lost_customers', 'opened.customers_start') }} as churn_rate
    from opened
    cross join first_order_day

)

select * from final
