with month_states as (

    select
        calendar,
        from_index,
        until_index,
        last_order_date,
        frequency,
        count(*) as customers,
        sum(monetary) as monetary
    from {{ ref('intermediate__rfm_month_states') }}
    group by 1, 2, 3, 4, 5

),

month_ends as (

    select
        calendar,
        month_index
    from {{ ref('intermediate__month_ends') }}

),

final as (

    select
        month_ends.calendar,
        month_ends.month_index,
        month_states.last_order_date,
        month_states.frequency,
        cast(sum(month_states.customers) as bigint) as customers,
        cast(sum(month_states.monetary) as decimal(38, 4)) as monetary
    from month_states
    inner join month_ends
        on
            month_states.calendar = month_ends.calendar
            and month_states.from_index <= month_ends.month_index
            and month_states.until_index > month_ends.month_index
    group by 1, 2, 3, 4

)

select * from final
