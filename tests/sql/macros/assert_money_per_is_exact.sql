-- Prevents: averages a ten-thousandth off: halves go away from zero, whatever the sign.
with cases as (

    select
        cast(literals.amount as decimal(38, 4)) as amount,
        cast(literals.units as bigint) as units,
        cast(literals.expected as decimal(38, 4)) as expected
    from (
        values
        ('10', 3, '3.3333'),
        ('20', 3, '6.6667'),
        ('-20', 3, '-6.6667'),
        ('0.0001', 2, '0.0001'),
        ('-0.0001', 2, '-0.0001'),
        ('0.0003', 2, '0.0002'),
        ('0.0001', 3, '0.0000'),
        ('0', 5, '0'),
        ('12345678901234567890.1234', 1, '12345678901234567890.1234'),
        ('5', 0, null),
        (null, 2, null)
    ) as literals (amount, units, expected)

),

divided as (

    select
        amount,
        units,
        expected,
        {{ money_per('amount', 'units') }} as money_a_unit
    from cases

),

final as (

    select *
    from divided
    where money_a_unit is distinct from expected

)

select * from final
