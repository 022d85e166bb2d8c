with alike_states as (

    select *
    from {{ ref('intermediate__rfm_alike_states') }}

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
        alike_states.last_order_date,
        alike_states.frequency,
        cast(sum(alike_states.customers) as bigint) as customers,
        cast(sum(alike_states.monetary) as decimal(38, 4)) as monetary
    from alike_states
    inner join month_ends
        on
            alike_states.calendar = month_ends.calendar
            and alike_states.from_index <= month_ends.month_index
            and (
                alike_states.until_index is null
                or alike_states.until_index > month_ends.month_index
            )
    group by 1, 2, 3, 4

)

select * from final
