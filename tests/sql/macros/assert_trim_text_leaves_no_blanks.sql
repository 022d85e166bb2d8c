-- Prevents: an id that is two ids because one export pads it, and blank text that is a value.
with cases as (

    select
        literals.raw_value,
        literals.expected
    from (
        values
        (' 007 ', '007'),
        (chr(9) || 'a b' || chr(10), 'a b'),
        (chr(160) || 'a' || chr(13), 'a'),
        ('', null),
        (' ' || chr(160), null),
        (null, null)
    ) as literals (raw_value, expected)

),

trimmed as (

    select
        raw_value,
        expected,
        {{ trim_text('raw_value') }} as trimmed_value
    from cases

),

final as (

    select *
    from trimmed
    where trimmed_value is distinct from expected

)

select * from final
