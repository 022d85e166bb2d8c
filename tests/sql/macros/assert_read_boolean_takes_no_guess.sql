-- Prevents: a consent that nobody gave.
with cases as (

    select
        literals.raw_value,
        literals.expected
    from (
        values
        ('true', true),
        ('T', true),
        (' Yes ', true),
        ('y', true),
        ('1', true),
        ('ON', true),
        ('False', false),
        ('f', false),
        ('no', false),
        ('N', false),
        ('0', false),
        ('off', false),
        ('UNKNOWN', false),
        ('', null),
        (null, null),
        ('maybe', null),
        ('2', null),
        ('ja', null)
    ) as literals (raw_value, expected)

),

read_values as (

    select
        raw_value,
        expected,
        {{ read_boolean('raw_value') }} as consent
    from cases

),

final as (

    select *
    from read_values
    where consent is distinct from expected

)

select * from final
