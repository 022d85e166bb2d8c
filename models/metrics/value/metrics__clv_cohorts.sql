with cells as (

    select *
    from {{ ref('intermediate__clv_cells') }}

),

final as (

    select
        calendar,
        cohort_month,
        acquisition_channel,
        month_number,
        activity_month,
        is_complete,
        cohort_customers,
        historic_value as earned_value,
        cumulative_historic_value,
        historic_clv
    from cells

)

select * from final
