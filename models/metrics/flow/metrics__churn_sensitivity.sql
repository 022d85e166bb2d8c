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

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

rhythms as (

    select
        customer_id,
        {{ purchase_rhythm('median_days_between_orders') }} as purchase_rhythm
    from {{ ref('intermediate__customer_orders') }}

),

bought_days as (

    select
        customer_id,
        order_date,
        previous_order_date,
        next_order_date,
        days_since_previous_order
    from {{ ref('intermediate__order_days') }}

),

order_days as (

    select
        bought_days.customer_id,
        rhythms.purchase_rhythm,
        bought_days.order_date,
        bought_days.previous_order_date,
        bought_days.next_order_date,
        bought_days.days_since_previous_order,
        {{ days_between('bought_days.order_date', 'bought_days.next_order_date') }}
            as days_to_next_order
    from bought_days
    inner join rhythms
        on bought_days.customer_id = rhythms.customer_id

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

    select min(order_date) as first_order_date
    from order_days

),

-- Customers who become active on a day, and those whose last day is the one before day + window.
daily as (

    select
        order_date,
        purchase_rhythm,
        {% for days in churn_windows() %}
        count(*) filter (
            where
                days_since_previous_order is null
                or days_since_previous_order >= {{ days }}
        ) as starts_{{ days }},
        count(*) filter (
            where
                days_to_next_order is null
                or days_to_next_order >= {{ days }}
        ) as ends_{{ days }}{{ ',' if not loop.last }}
        {% endfor %}
    from order_days
    group by 1, 2

),

changes as (

    {% for days in churn_windows() %}
    select
        order_date as changed_on,
        purchase_rhythm,
        {{ days }} as churn_window_days,
        starts_{{ days }} as change_of_customers
    from daily
    union all
    select
        cast(order_date + {{ days }} as date) as changed_on,
        purchase_rhythm,
        {{ days }} as churn_window_days,
        -ends_{{ days }} as change_of_customers
    from daily
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

period_changes as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        changes.purchase_rhythm,
        changes.churn_window_days,
        sum(changes.change_of_customers) as change_of_customers
    from changes
    inner join period_days
        on changes.changed_on = period_days.date_day
    group by 1, 2, 3, 4, 5

),

-- Lost without an order in the period: the silence of `window` days is full in it and lasts.
silences as (

    select
        order_days.purchase_rhythm,
        order_days.order_date,
        order_days.next_order_date,
        churn_windows.churn_window_days,
        cast(order_days.order_date + churn_windows.churn_window_days as date) as churns_on
    from order_days
    cross join churn_windows
    where
        order_days.next_order_date is null
        or order_days.days_to_next_order > churn_windows.churn_window_days

),

daily_silences as (

    select
        silences.churns_on,
        silences.purchase_rhythm,
        silences.churn_window_days,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where
                silences.order_date < calendar_days.{{ calendar }}_{{ grain }}_start
                and (
                    silences.next_order_date is null
                    or silences.next_order_date > calendar_days.{{ calendar }}_{{ grain }}_end
                )
        ) as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from silences
    inner join run_context
        on silences.churns_on <= run_context.as_of
    inner join calendar_days
        on silences.churns_on = calendar_days.date_day
    group by 1, 2, 3

),

-- Lost in spite of an order in the period: the last was too long before the end, and the first came
-- back in time. Only the days that can be either are joined.
{% for calendar, grain in period_kinds() %}
{{ calendar }}_{{ grain }}_first_days as (

    select
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        order_days.customer_id,
        order_days.previous_order_date
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    where
        order_days.previous_order_date < calendar_days.{{ calendar }}_{{ grain }}_start
        and order_days.previous_order_date >= cast(
            calendar_days.{{ calendar }}_{{ grain }}_start - {{ churn_windows() | max }} as date
        )

),

{{ calendar }}_{{ grain }}_last_days as (

    select
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        least(calendar_days.{{ calendar }}_{{ grain }}_end, run_context.as_of) as visible_end,
        order_days.customer_id,
        order_days.purchase_rhythm,
        order_days.order_date
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    cross join run_context
    where
        (
            order_days.next_order_date is null
            or order_days.next_order_date > calendar_days.{{ calendar }}_{{ grain }}_end
        )
        and order_days.order_date <= cast(
            least(calendar_days.{{ calendar }}_{{ grain }}_end, run_context.as_of)
            - {{ churn_windows() | min }} as date
        )

),

{% endfor %}
lost as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        daily_silences.purchase_rhythm,
        daily_silences.churn_window_days,
        sum(daily_silences.{{ calendar }}_{{ grain }}_lost) as lost_customers
    from daily_silences
    inner join calendar_days
        on daily_silences.churns_on = calendar_days.date_day
    group by 1, 2, 3, 4, 5
    union all
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        last_days.period_start,
        last_days.purchase_rhythm,
        churn_windows.churn_window_days,
        count(*) as lost_customers
    from {{ calendar }}_{{ grain }}_last_days as last_days
    inner join {{ calendar }}_{{ grain }}_first_days as first_days
        on
            last_days.customer_id = first_days.customer_id
            and last_days.period_start = first_days.period_start
    inner join churn_windows
        on
            first_days.previous_order_date
            >= cast(last_days.period_start - churn_windows.churn_window_days as date)
            and last_days.order_date
            <= cast(last_days.visible_end - churn_windows.churn_window_days as date)
    group by 1, 2, 3, 4, 5
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

period_losses as (

    select
        calendar,
        period_grain,
        period_start,
        purchase_rhythm,
        churn_window_days,
        sum(lost_customers) as lost_customers
    from lost
    group by 1, 2, 3, 4, 5

),

occurring_rhythms as (

    select distinct purchase_rhythm
    from rhythms

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
        coalesce(period_losses.lost_customers, 0) as lost_customers
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
    left join period_losses
        on
            periods.calendar = period_losses.calendar
            and periods.period_grain = period_losses.period_grain
            and periods.period_start = period_losses.period_start
            and occurring_rhythms.purchase_rhythm = period_losses.purchase_rhythm
            and churn_windows.churn_window_days = period_losses.churn_window_days

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
