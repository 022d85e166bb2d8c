with model_parameters as (

    select *
    from {{ ref('intermediate__model_parameters') }}

),

final as (

    select
        cast(model as varchar(20)) as model,
        cast(sample as varchar(20)) as sample,
        cast(model_version as varchar(100)) as model_version,
        cast(parameter as varchar(20)) as parameter,
        value as fitted_value,
        log_standard_error,
        value * exp(-1.959964 * log_standard_error) as fitted_value_low,
        value * exp(1.959964 * log_standard_error) as fitted_value_high,
        is_used
    from model_parameters

)

select * from final
