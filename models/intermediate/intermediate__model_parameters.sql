with model_fits as (

    select
        model,
        sample,
        model_version,
        fit_number,
        is_newest,
        is_converged
    from {{ ref('intermediate__model_fits') }}

),

model_parameters as (

    select *
    from {{ source('raw', 'model_parameters') }}

),

final as (

    select
        model_fits.model,
        model_fits.sample,
        model_fits.model_version,
        model_parameters.parameter,
        model_parameters.value,
        model_parameters.log_standard_error,
        model_fits.is_newest and model_fits.is_converged as is_used
    from model_fits
    inner join model_parameters
        on model_fits.fit_number = model_parameters.fit_number

)

select * from final
