-- Prevents: money cut off or rounded to even, and text taken for a number.
with cases as (

    select
        literals.raw_value,
        cast(literals.expected as decimal(18, 4)) as expected
    from (
        values
        ('0.00005', '0.0001'),
        ('0.00004999', '0.0000'),
        ('-0.00005', '-0.0001'),
        ('2.00015', '2.0002'),
        ('2.00025', '2.0003'),
        (' 12 ', '12'),
        ('+7', '7'),
        ('.5', '0.5'),
        ('5.', '5'),
        ('1e2', '100'),
        ('1.5E-1', '0.15'),
        ('99999999999999.9999', '99999999999999.9999'),
        ('100000000000000', null),
        ('99999999999999.99995', null),
        ('', null),
        (null, null),
        ('1,000', null),
        ('1_000', null),
        ('$5', null),
        ('five', null),
        ('0x10', null),
        ('1 0', null),
        ('-', null),
        ('.', null),
        ('nan', null),
        ('inf', null)
    ) as literals (raw_value, expected)

),

read_values as (

    select
        raw_value,
        expected,
        {{ read_decimal('raw_value', 'decimal(18, 4)') }} as number
    from cases

),

final as (

    select *
    from read_values
    where number is distinct from expected

)

select * from final
