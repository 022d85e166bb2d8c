-- Prevents: an e-mail address or phone number that reaches a mart through a column for text, and
-- ordinary words and numbers that are hashed for nothing.
with settings as (

    select
        literals.raw_value,
        literals.expected,
        'pepper' as salt
    from (
        values
        (
            ' Ann@Example.com ',
            '831740710d6a8225c6ad8e71610353afdfcf9f6a3caa448dc11ab17a513081c2'
        ),
        (
            'ann%40example.com',
            '1d65a6c1c9cbe962ae3827f2e9903553c175c0c969b364b189e410f3d1d9df60'
        ),
        (
            'mail ann@example.com now',
            'af03bfd185409b551580526b26f77522050331c37e833393c59c54ecd9240ab9'
        ),
        (
            '+98 (912) 345-6789',
            'cdc81c402ce3cf8f2cd86525a0c6a2b0bc1b1a30e255e43f34c326660554e2f9'
        ),
        (
            '+989123456789',
            '904c36e44d4dd622d2e7762559024d3ff71fe4e3e5caae40e5c24b801ca60689'
        ),
        (' Web ', 'Web'),
        ('@home', '@home'),
        ('2 @ 3', '2 @ 3'),
        ('+15', '+15'),
        ('0912', '0912'),
        ('20240310-1', '20240310-1'),
        ('', null),
        (null, null)
    ) as literals (raw_value, expected)

),

masked as (

    select
        settings.raw_value,
        settings.expected,
        {{ mask_contact('settings.raw_value') }} as masked_value
    from settings

),

final as (

    select *
    from masked
    where masked_value is distinct from expected

)

select * from final
