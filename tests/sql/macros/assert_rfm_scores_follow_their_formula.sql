-- Prevents: a score out of 1 to 5, a division by n - 1 = 0, and fractions where whole numbers are
-- meant: recency is max(1, 5 - floor(5 x before / (n - 1))), value min(5, 1 + floor(...)).
with cases as (

    select
        literals.customers_before,
        literals.customers,
        literals.expected_recency,
        literals.expected_value
    from (
        values
        (0, 1, 5, 1),
        (0, 2, 5, 1),
        (1, 2, 1, 5),
        (0, 4, 5, 1),
        (1, 4, 4, 2),
        (2, 4, 2, 4),
        (3, 4, 1, 5),
        (1, 6, 4, 2),
        (4, 6, 1, 5),
        (1999, 10001, 5, 1),
        (2000, 10001, 4, 2),
        (9999, 10001, 1, 5),
        (10000, 10001, 1, 5)
    ) as literals (customers_before, customers, expected_recency, expected_value)

),

scored as (

    select
        *,
        {{ recency_score('customers_before', 'customers') }} as recency_points,
        {{ value_score('customers_before', 'customers') }} as value_points
    from cases

),

final as (

    select *
    from scored
    where
        recency_points is distinct from expected_recency
        or value_points is distinct from expected_value

)

select * from final
