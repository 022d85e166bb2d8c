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

daily_orders as (

    select *
    from {{ ref('intermediate__daily_orders') }}

),

daily_buyers as (

    select *
    from {{ ref('intermediate__daily_buyers') }}

),

daily_active as (

    select *
    from {{ ref('intermediate__daily_active') }}

),

revenue_levels as (

    select
        *,
        -- Wide steps of revenue, in its order: only one of a period is looked at closely.
        case
            when net_revenue > 0 then cast(floor(32 * ln(cast(net_revenue as double))) as integer)
        end as revenue_step
    from {{ ref('intermediate__revenue_levels') }}

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

active as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        cast(sum(daily_active.active_users) as bigint) as active_users
    from daily_active
    inner join period_days
        on
            daily_active.activity_date = period_days.date_day
            and daily_active.calendar = period_days.calendar
            and daily_active.period_grain = period_days.period_grain
    group by 1, 2, 3

),

revenue_steps as (

    select
        period_kind,
        period_start,
        revenue_step,
        sum(customers) as customers,
        sum(net_revenue * customers) as customer_revenue
    from revenue_levels
    group by 1, 2, 3

),

ranked_steps as (

    select
        *,
        sum(customers) over (
            partition by period_kind, period_start
            order by revenue_step desc nulls last
            rows between unbounded preceding and current row
        ) - customers as richer_customers,
        cast(
            floor((sum(customers) over (partition by period_kind, period_start) + 4) / 5) as bigint
        ) as top_customers
    from revenue_steps

),

-- The step in which the top fifth ends.
last_steps as (

    select
        period_kind,
        period_start,
        revenue_step,
        top_customers - richer_customers as top_customers
    from ranked_steps
    where
        richer_customers < top_customers
        and richer_customers + customers >= top_customers

),

ranked_levels as (

    select
        revenue_levels.period_kind,
        revenue_levels.period_start,
        revenue_levels.net_revenue,
        revenue_levels.customers,
        last_steps.top_customers,
        sum(revenue_levels.customers) over (
            partition by revenue_levels.period_kind, revenue_levels.period_start
            order by revenue_levels.net_revenue desc
            rows between unbounded preceding and current row
        ) - revenue_levels.customers as richer_customers
    from revenue_levels
    inner join last_steps
        on
            revenue_levels.period_kind = last_steps.period_kind
            and revenue_levels.period_start = last_steps.period_start
            and revenue_levels.revenue_step is not distinct from last_steps.revenue_step

),

revenue_parts as (

    select
        period_kind,
        period_start,
        case
            when richer_customers + customers < top_customers then customer_revenue
            else 0
        end as top_revenue,
        customer_revenue
    from ranked_steps
    union all
    select
        period_kind,
        period_start,
        net_revenue * greatest(0, least(customers, top_customers - richer_customers))
            as top_revenue,
        0 as customer_revenue
    from ranked_levels

),

top_fifth as (

    select
        case
            {% for calendar, grain in period_kinds() %}
            when period_kind = {{ loop.index }} then '{{ calendar }}'
            {% endfor %}
        end as calendar,
        case
            {% for calendar, grain in period_kinds() %}
            when period_kind = {{ loop.index }} then '{{ grain }}'
            {% endfor %}
        end as period_grain,
        period_start,
        sum(top_revenue) as top_revenue,
        sum(customer_revenue) as customer_revenue
    from revenue_parts
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
