with model_fits as (

    select *
    from {{ ref('intermediate__model_fits') }}

),

final as (

    select
        cast(model as varchar(20)) as model,
        cast(sample as varchar(20)) as sample,
        cast(model_version as varchar(100)) as model_version,
        customers,
        repeat_customers,
        log_likelihood,
        is_converged,
        cast(note as varchar(200)) as note,
        starts,
        starts_agreeing,
        steps,
        is_newest,
        fitted_as_of,
        fitted_at
    from model_fits

)

select * from final
