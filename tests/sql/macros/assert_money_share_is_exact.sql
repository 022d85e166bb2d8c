-- Prevents: a part of an order that is off by a ten-thousandth, or that overflows at large amounts.
with shares as (

    select
        examples.money,
        examples.part,
        examples.whole,
        examples.expected,
        cast(
            {{ money_share('examples.money', 'examples.part', 'examples.whole') }}
            as decimal(38, 4)
        ) as actual
    from (
        values
        (cast(10 as decimal(38, 4)), cast(1 as decimal(38, 4)), cast(3 as decimal(38, 4)), 3.3333),
        (10, 2, 3, 6.6667),
        (-10, 2, 3, -6.6667),
        (0.0001, 1, 2, 0.0001),
        (-0.0001, 1, 2, -0.0001),
        (0.0001, 0.4999, 1, 0),
        (10, 0, 3, 0),
        (10, 0, 0, null),
        (99999999999999.9999, 99999999999999.9999, 99999999999999.9999, 99999999999999.9999)
    ) as examples (money, part, whole, expected)

),

final as (

    select *
    from shares
    where actual is distinct from cast(expected as decimal(38, 4))

)

select * from final
