with targets as (

    select *
    from {{ ref('staging__kpi_targets') }}

),

final as (

    select
        metric,
        calendar,
        period_grain,
        period_start,
        target,
        direction,
        owner
    from targets

)

select * from final
