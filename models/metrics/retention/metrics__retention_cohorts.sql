with order_days as (

    select
        order_date,
        first_order_date,
        previous_order_date,
        orders,
        net_revenue
    from {{ ref('intermediate__order_days') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

month_ends as (

    select *
    from {{ ref('intermediate__month_ends') }}

),

activity as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        '{{ calendar }}' as calendar,
        first_calendar.{{ calendar }}_month_start as cohort_month,
        order_calendar.{{ calendar }}_month_index - first_calendar.{{ calendar }}_month_index
            as month_number,
        count(*) filter (
            where
                order_days.previous_order_date is null
                or order_days.previous_order_date < order_calendar.{{ calendar }}_month_start
        ) as active_customers,
        count(*) filter (where order_days.previous_order_date is null) as new_customers,
        cast(sum(order_days.orders) as bigint) as orders,
        cast(sum(order_days.net_revenue) as decimal(38, 4)) as net_revenue
    from order_days
    inner join calendar_days as order_calendar
        on order_days.order_date = order_calendar.date_day
    inner join calendar_days as first_calendar
        on order_days.first_order_date = first_calendar.date_day
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

cohorts as (

    select
        activity.calendar,
        activity.cohort_month,
        month_ends.month_index as cohort_index,
        activity.new_customers as cohort_customers
    from activity
    inner join month_ends
        on
            activity.calendar = month_ends.calendar
            and activity.cohort_month = month_ends.month_start
    where activity.month_number = 0

),

cells as (

    select
        cohorts.calendar,
        cohorts.cohort_month,
        cast(month_ends.month_index - cohorts.cohort_index as integer) as month_number,
        cohorts.cohort_customers,
        month_ends.month_start as activity_month,
        month_ends.is_complete
    from cohorts
    inner join month_ends
        on
            cohorts.calendar = month_ends.calendar
            and cohorts.cohort_index <= month_ends.month_index

),

filled as (

    select
        cells.*,
        coalesce(activity.active_customers, 0) as active_customers,
        coalesce(activity.orders, 0) as orders,
        cast(coalesce(activity.net_revenue, 0) as decimal(38, 4)) as net_revenue
    from cells
    left join activity
        on
            cells.calendar = activity.calendar
            and cells.cohort_month = activity.cohort_month
            and cells.month_number = activity.month_number

),

accumulated as (

    select
        *,
        cast(
            sum(net_revenue) over (
                partition by calendar, cohort_month
                order by month_number
                rows between unbounded preceding and current row
            ) as decimal(38, 4)
        ) as cumulative_net_revenue
    from filled

),

final as (

    select
        cast(calendar as varchar(20)) as calendar,
        cohort_month,
        month_number,
        activity_month,
        is_complete,
        cohort_customers,
        active_customers,
        orders,
        net_revenue,
        cumulative_net_revenue,
        {{ rate('active_customers', 'cohort_customers') }} as retention_rate,
        cast({{ money_per('cumulative_net_revenue', 'cohort_customers') }} as decimal(38, 4))
            as cumulative_revenue_per_customer
    from accumulated

)

select * from final
