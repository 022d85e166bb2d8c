with model_fits as (

    select *
    from {{ source('raw', 'model_fits') }}

),

fit_request as (

    select
        as_of,
        raw_dir,
        vars_fingerprint
    from {{ ref('intermediate__fit_request') }}

),

known as (

    select
        model_fits.*,
        model_fits.vars_fingerprint = fit_request.vars_fingerprint as has_these_vars
    from model_fits
    inner join fit_request
        on
            model_fits.raw_dir = fit_request.raw_dir
            and model_fits.as_of <= fit_request.as_of

),

numbered as (

    select
        *,
        row_number() over (
            partition by model, sample, has_these_vars
            order by as_of desc, fit_number desc
        ) as fits_since
    from known

),

final as (

    select
        model,
        sample,
        model_version,
        customers,
        repeat_customers,
        log_likelihood,
        is_converged,
        note,
        starts,
        starts_agreeing,
        steps,
        fit_number,
        has_these_vars and fits_since = 1 as is_newest,
        as_of as fitted_as_of,
        fitted_at
    from numbered

)

select * from final
