with order_days as (

    select
        customer_id,
        order_day_number,
        order_date,
        net_revenue
    from {{ ref('intermediate__order_days') }}

),

fit_request as (

    select
        as_of,
        calibration_ends_on
    from {{ ref('intermediate__fit_request') }}

),

bounded as (

    select
        order_days.*,
        fit_request.as_of,
        fit_request.calibration_ends_on,
        order_days.order_date <= fit_request.calibration_ends_on as is_in_calibration
    from order_days
    cross join fit_request

),

histories as (

    select
        customer_id,
        as_of,
        calibration_ends_on,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(*) as order_days,
        sum(net_revenue) filter (where order_day_number > 1) as repeat_net_revenue,
        max(order_date) filter (where is_in_calibration) as calibration_last_order_date,
        count(*) filter (where is_in_calibration) as calibration_order_days
    from bounded
    group by customer_id, as_of, calibration_ends_on

),

final as (

    select
        customer_id,
        order_days - 1 as frequency,
        {{ days_between('first_order_date', 'last_order_date') }} as recency_days,
        {{ days_between('first_order_date', 'as_of') }} as age_days,
        cast(coalesce(repeat_net_revenue, 0) as decimal(38, 4)) as repeat_net_revenue,
        case when calibration_order_days > 0 then calibration_order_days - 1 end
            as calibration_frequency,
        {{ days_between('first_order_date', 'calibration_last_order_date') }}
            as calibration_recency_days,
        case
            when calibration_order_days > 0
                then {{ days_between('first_order_date', 'calibration_ends_on') }}
        end as calibration_age_days,
        case when calibration_order_days > 0 then order_days - calibration_order_days end
            as holdout_order_days
    from histories

)

select * from final
