with histories as (

    select *
    from {{ ref('intermediate__purchase_histories') }}

),

grouped as (

    select
        'all' as sample,
        frequency,
        recency_days,
        age_days,
        count(*) as customers
    from histories
    group by frequency, recency_days, age_days
    union all
    select
        'calibration' as sample,
        calibration_frequency as frequency,
        calibration_recency_days as recency_days,
        calibration_age_days as age_days,
        count(*) as customers
    from histories
    where calibration_frequency is not null
    group by calibration_frequency, calibration_recency_days, calibration_age_days

),

final as (

    select
        cast(sample as varchar(20)) as sample,
        frequency,
        recency_days,
        age_days,
        customers
    from grouped

)

select * from final
