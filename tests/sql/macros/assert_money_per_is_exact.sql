-- Prevents: averages a ten-thousandth off: halves go away from zero, whatever the sign.
with cases as (

    select
        cast(money as decimal(38, 4)) as money,
        cast(units as bigint) as units,
        cast(expected as decimal(38, 4)) as expected
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
    ) as literals (money, units, expected)

),

divided as (

    select
        money,
        units,
        expected,
        {{ money_per('money', 'units') }} as money_a_unit
    from cases

),

final as (

    select *
    from divided
    where money_a_unit is distinct from expected

)

select * from final
