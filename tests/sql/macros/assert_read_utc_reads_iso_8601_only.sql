-- Prevents: an offset that is dropped, and text that a lenient parser takes for a date.
-- Values without an offset are not here: they depend on the time zones of the run.
with cases as (

    select
        literals.raw_value,
        cast(literals.expected as timestamp) as expected
    from (
        values
        ('2024-03-10T05:00:00Z', '2024-03-10 05:00:00'),
        ('2024-03-10 05:00:00z', '2024-03-10 05:00:00'),
        ('2024-03-10T05:00Z', '2024-03-10 05:00:00'),
        ('2024-03-10T05:00:00.123456Z', '2024-03-10 05:00:00.123456'),
        ('2024-03-10 05:00:00 +03:30', '2024-03-10 01:30:00'),
        ('2024-03-10 05:00:00+0330', '2024-03-10 01:30:00'),
        ('2024-03-10 05:00-05', '2024-03-10 10:00:00'),
        (' 2024-12-31T23:59:59-01:00 ', '2025-01-01 00:59:59'),
        ('', null),
        (' ', null),
        (null, null),
        ('yesterday', null),
        ('20240310', null),
        ('2024-3-10', null),
        ('10.03.2024', null),
        ('03/10/2024', null),
        ('2024-02-30T00:00:00Z', null),
        ('2024-03-10T24:01:00Z', null),
        ('2024-03-10T05:60:00Z', null),
        ('2024-03-10T05Z', null),
        ('2024-03-10T05:00:00 CET', null),
        ('1710046800', null),
        ('infinity', null),
        ('now', null)
    ) as literals (raw_value, expected)

),

read_values as (

    select
        raw_value,
        expected,
        {{ read_utc('raw_value') }} as read_at
    from cases

),

final as (

    select *
    from read_values
    where read_at is distinct from expected

)

select * from final
