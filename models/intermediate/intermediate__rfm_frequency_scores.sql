with histogram as (

    select
        calendar,
        month_index,
        frequency,
        customers
    from {{ ref('intermediate__rfm_histogram') }}

),

customers_by_frequency as (

    select
        calendar,
        month_index,
        frequency,
        sum(customers) as customers
    from histogram
    group by 1, 2, 3

),

counted as (

    select
        calendar,
        month_index,
        frequency,
        sum(customers) over (
            partition by calendar, month_index
            order by frequency
            rows between unbounded preceding and current row
        ) - customers as smaller_values,
        sum(customers) over (partition by calendar, month_index) as customers
    from customers_by_frequency

),

final as (

    select
        calendar,
        month_index,
        frequency,
        {{ value_score('smaller_values', 'customers') }} as frequency_score
    from counted

)

select * from final
