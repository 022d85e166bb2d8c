with histogram as (

    select
        calendar,
        month_index,
        last_order_date,
        customers
    from {{ ref('intermediate__rfm_histogram') }}

),

customers_by_day as (

    select
        calendar,
        month_index,
        last_order_date,
        sum(customers) as customers
    from histogram
    group by 1, 2, 3

),

counted as (

    select
        calendar,
        month_index,
        last_order_date,
        sum(customers) over (
            partition by calendar, month_index
            order by last_order_date desc
            rows between unbounded preceding and current row
        ) - customers as fewer_days,
        sum(customers) over (partition by calendar, month_index) as customers
    from customers_by_day

),

final as (

    select
        calendar,
        month_index,
        last_order_date,
        {{ recency_score('fewer_days', 'customers') }} as recency_score
    from counted

)

select * from final
