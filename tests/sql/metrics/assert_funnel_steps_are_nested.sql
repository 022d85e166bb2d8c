-- Prevents: a step with more people than the one before, or a new customer whom no column counts.
with funnel as (

    select *
    from {{ ref('metrics__marketing_funnel') }}

),

customer_flow as (

    select
        calendar,
        period_grain,
        period_start,
        new_customers
    from {{ ref('metrics__customer_flow') }}

),

final as (

    select funnel.*
    from funnel
    left join customer_flow
        on
            funnel.calendar = customer_flow.calendar
            and funnel.period_grain = customer_flow.period_grain
            and funnel.period_start = customer_flow.period_start
    where
        funnel.engaged_visitors not between 0 and funnel.visitors
        or funnel.new_buyers not between 0 and funnel.engaged_visitors
        or funnel.second_order_buyers not between 0 and funnel.new_buyers
        or funnel.fifth_order_buyers not between 0 and funnel.second_order_buyers
        or funnel.new_buyers + funnel.untracked_new_buyers
        <> coalesce(customer_flow.new_customers, 0)

)

select * from final
