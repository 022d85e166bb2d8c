-- Prevents: a score over the wrong base, or an error without the covariance of the two shares.
-- 324 answers, 162 promoters and 54 detractors: 33.33 with a standard error of 4.14.
with cases as (

    select
        literals.promoters,
        literals.detractors,
        literals.responses,
        literals.expected_nps,
        literals.expected_error
    from (
        values
        (162, 54, 324, 33.33, 4.14),
        (70, 20, 100, 50.00, 8.06),
        (7, 0, 7, 100.00, 0.00),
        (0, 7, 7, -100.00, 0.00),
        (0, 0, 7, 0.00, 0.00),
        (0, 0, 0, null, null)
    ) as literals (promoters, detractors, responses, expected_nps, expected_error)

),

scored as (

    select
        *,
        round({{ nps('promoters', 'detractors', 'responses') }}, 2) as nps,
        round(
            {{ nps_standard_error('promoters', 'detractors', 'responses') }}, 2
        ) as standard_error
    from cases

),

final as (

    select *
    from scored
    where
        nps is distinct from cast(expected_nps as double)
        or standard_error is distinct from cast(expected_error as double)

)

select * from final
