with periods as (

    {{ mart_periods(['orders', 'refunds', 'sessions']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

counted_orders as (

    select
        customer_id,
        order_date,
        amount,
        discount_amount,
        net_revenue
    from {{ ref('intermediate__counted_orders') }}

),

daily_buyers as (

    select *
    from {{ ref('intermediate__daily_buyers') }}

),

activity_days as (

    select
        activity_date,
        previous_activity_date
    from {{ ref('intermediate__activity_days') }}

),

order_days as (

    select
        customer_id,
        order_date,
        net_revenue
    from {{ ref('intermediate__order_days') }}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

daily_orders as (

    select
        order_date,
        count(*) as orders,
        count(customer_id) as customer_orders,
        sum(amount) as amount,
        sum(discount_amount) as discount_amount,
        sum(net_revenue) as net_revenue
    from counted_orders
    group by order_date

),

ordered as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_orders.orders) as bigint) as orders,
        cast(sum(daily_orders.customer_orders) as bigint) as customer_orders,
        sum(daily_orders.amount) as amount,
        sum(daily_orders.discount_amount) as discount_amount,
        sum(daily_orders.net_revenue) as net_revenue
    from daily_orders
    inner join period_days
        on daily_orders.order_date = period_days.date_day
    group by 1, 2, 3

),

bought as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_buyers.buyers) as bigint) as buyers
    from daily_buyers
    inner join period_days
        on
            daily_buyers.order_date = period_days.date_day
            and daily_buyers.calendar = period_days.calendar
            and daily_buyers.period_grain = period_days.period_grain
    group by 1, 2, 3

),

daily_active as (

    select
        activity_days.activity_date,
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where
                activity_days.previous_activity_date is null
                or activity_days.previous_activity_date
                < calendar_days.{{ calendar }}_{{ grain }}_start
        ) as {{ calendar }}_{{ grain }}{{ ',' if not loop.last }}
        {% endfor %}
    from activity_days
    inner join calendar_days
        on activity_days.activity_date = calendar_days.date_day
    group by activity_days.activity_date

),

active as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        cast(sum(daily_active.{{ calendar }}_{{ grain }}) as bigint) as active_users
    from daily_active
    inner join calendar_days
        on daily_active.activity_date = calendar_days.date_day
    group by 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

customer_revenue as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}' as calendar,
        '{{ grain }}' as period_grain,
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        order_days.customer_id,
        sum(order_days.net_revenue) as net_revenue
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    group by 1, 2, 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Customers of equal revenue together: the top fifth needs only how many have how much.
revenue_levels as (

    select
        calendar,
        period_grain,
        period_start,
        net_revenue,
        count(*) as customers
    from customer_revenue
    group by 1, 2, 3, 4

),

ranked_levels as (

    select
        *,
        sum(customers) over (
            partition by calendar, period_grain, period_start
            order by net_revenue desc
            rows between unbounded preceding and current row
        ) - customers as richer_customers,
        sum(customers) over (partition by calendar, period_grain, period_start) as buyers
    from revenue_levels

),

top_fifth as (

    select
        calendar,
        period_grain,
        period_start,
        sum(
            net_revenue
            * greatest(
                0,
                least(customers, cast(floor((buyers + 4) / 5) as bigint) - richer_customers)
            )
        ) as top_revenue,
        sum(net_revenue * customers) as customer_revenue
    from ranked_levels
    group by 1, 2, 3

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        coalesce(ordered.orders, 0) as orders,
        coalesce(ordered.customer_orders, 0) as customer_orders,
        coalesce(bought.buyers, 0) as buyers,
        coalesce(active.active_users, 0) as active_users,
        cast(coalesce(ordered.amount, 0) as decimal(38, 4)) as charged_revenue,
        cast(coalesce(ordered.discount_amount, 0) as decimal(38, 4)) as discount_amount,
        cast(coalesce(ordered.net_revenue, 0) as decimal(38, 4)) as net_revenue,
        top_fifth.top_revenue,
        top_fifth.customer_revenue
    from periods
    left join ordered
        on
            periods.calendar = ordered.calendar
            and periods.period_grain = ordered.period_grain
            and periods.period_start = ordered.period_start
    left join bought
        on
            periods.calendar = bought.calendar
            and periods.period_grain = bought.period_grain
            and periods.period_start = bought.period_start
    left join active
        on
            periods.calendar = active.calendar
            and periods.period_grain = active.period_grain
            and periods.period_start = active.period_start
    left join top_fifth
        on
            periods.calendar = top_fifth.calendar
            and periods.period_grain = top_fifth.period_grain
            and periods.period_start = top_fifth.period_start

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        orders,
        customer_orders,
        buyers,
        active_users,
        cast(charged_revenue + discount_amount as decimal(38, 4)) as gross_revenue,
        discount_amount,
        charged_revenue,
        net_revenue,
        cast(coalesce(customer_revenue, 0) as decimal(38, 4)) as customer_revenue,
        cast(coalesce(top_revenue, 0) as decimal(38, 4)) as top_20_percent_revenue,
        {{ rate('discount_amount', 'charged_revenue + discount_amount') }} as discount_share,
        cast({{ money_per('charged_revenue', 'orders') }} as decimal(38, 4)) as average_order_value,
        {{ rate('customer_orders', 'buyers') }} as orders_per_buyer,
        cast({{ money_per('net_revenue', 'active_users') }} as decimal(38, 4))
            as revenue_per_active_user,
        {{ rate('top_revenue', 'customer_revenue') }} as top_20_percent_revenue_share
    from joined

)

select * from final
