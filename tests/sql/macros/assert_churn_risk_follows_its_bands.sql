-- Prevents: a customer on the border of two bands in none, or one of unknown chance in a band.
with chances as (

    select
        bands.probability_alive,
        bands.band
    from (
        values
        (0.0, 'high'),
        (0.39, 'high'),
        (0.4, 'medium'),
        (0.79, 'medium'),
        (0.8, 'low'),
        (1.0, 'low'),
        (null, null)
    ) as bands (probability_alive, band)

),

final as (

    select *
    from chances
    where {{ churn_risk('probability_alive') }} is distinct from band

)

select * from final
