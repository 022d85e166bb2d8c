-- Prevents: a day lost over a leap day, the end of a year or the wrong order of dates.
with cases as (

    select
        cast(literals.start_date as date) as start_date,
        cast(literals.end_date as date) as end_date,
        literals.expected
    from (
        values
        ('2024-01-01', '2024-01-01', 0),
        ('2024-02-28', '2024-03-01', 2),
        ('2023-02-28', '2023-03-01', 1),
        ('2023-12-31', '2024-01-01', 1),
        ('2024-01-01', '2024-03-31', 90),
        ('2024-03-31', '2024-01-01', -90),
        (null, '2024-01-01', null)
    ) as literals (start_date, end_date, expected)

),

counted as (

    select
        start_date,
        end_date,
        expected,
        {{ days_between('start_date', 'end_date') }} as days_counted
    from cases

),

final as (

    select *
    from counted
    where days_counted is distinct from expected

)

select * from final
