-- Prevents: an e-mail address or phone number that reaches a mart through a column for text, and
-- ordinary words, numbers and ids that are hashed for nothing.
with settings as (

    select
        literals.raw_value,
        literals.expected,
        literals.expected_id,
        'pepper' as salt
    from (
        values
        (
            ' Ann@Example.com ',
            '831740710d6a8225c6ad8e71610353afdfcf9f6a3caa448dc11ab17a513081c2',
            '831740710d6a8225c6ad8e71610353afdfcf9f6a3caa448dc11ab17a513081c2'
        ),
        (
            'ann%40example.com',
            '1d65a6c1c9cbe962ae3827f2e9903553c175c0c969b364b189e410f3d1d9df60',
            '1d65a6c1c9cbe962ae3827f2e9903553c175c0c969b364b189e410f3d1d9df60'
        ),
        (
            'mail ann@example.com now',
            'af03bfd185409b551580526b26f77522050331c37e833393c59c54ecd9240ab9',
            'af03bfd185409b551580526b26f77522050331c37e833393c59c54ecd9240ab9'
        ),
        (
            '+98 (912) 345-6789',
            'cdc81c402ce3cf8f2cd86525a0c6a2b0bc1b1a30e255e43f34c326660554e2f9',
            'cdc81c402ce3cf8f2cd86525a0c6a2b0bc1b1a30e255e43f34c326660554e2f9'
        ),
        (
            'call +989123456789',
            'e85d782c6111931308198342776dd45b714f24ce6ec0852372bbc96ce74e95e0',
            'e85d782c6111931308198342776dd45b714f24ce6ec0852372bbc96ce74e95e0'
        ),
        (
            '0912 345 6789',
            '418d9a023d7dc7d181b3d878de613beb803835db848093a81aaef36327743717',
            '0912 345 6789'
        ),
        (
            '(212) 555-0100',
            'b1a7885fff62870da86d204e1f774520ddb9caf7da8f6d0b5784bc19bdf476b2',
            '(212) 555-0100'
        ),
        (
            '+98 912 345 6789',
            '89b2d69a1585950faf30dddc0467a82a96864ba47ba08be575a814e2cffdeef1',
            '89b2d69a1585950faf30dddc0467a82a96864ba47ba08be575a814e2cffdeef1'
        ),
        (
            '+۹۸۹۱۲۳۴۵۶۷۸۹',
            'f0e7dab7d911839e32c899411f2b3f6801b3539662c42b11d4fecf1498b06399',
            'f0e7dab7d911839e32c899411f2b3f6801b3539662c42b11d4fecf1498b06399'
        ),
        (
            '+ (98) 912‑345‑6789',
            'df1cefdb0f3529c6691b4c08e7010c2d086f7627dd551a35a3ac6920e4238942',
            'df1cefdb0f3529c6691b4c08e7010c2d086f7627dd551a35a3ac6920e4238942'
        ),
        (
            '۰۹۱۲۳۴۵۶۷۸۹',
            'f4709197a5dc34f4f0cf0b30dd3f101599e4994bda581ecd4f3efc357ec340af',
            '۰۹۱۲۳۴۵۶۷۸۹'
        ),
        (
            '0912.345.6789',
            '30c73062c6d4c79abd3fd4df7a7c3d7e069c0386f1e7e460a55eb59bd7cb9262',
            '0912.345.6789'
        ),
        (' Web ', 'Web', 'Web'),
        ('۱۴۰۳', '۱۴۰۳', '۱۴۰۳'),
        ('@home', '@home', '@home'),
        ('2 @ 3', '2 @ 3', '2 @ 3'),
        ('+15', '+15', '+15'),
        ('0912', '0912', '0912'),
        ('20240310-1', '20240310-1', '20240310-1'),
        ('', null, null),
        (null, null, null)
    ) as literals (raw_value, expected, expected_id)

),

masked as (

    select
        settings.raw_value,
        settings.expected,
        settings.expected_id,
        {{ mask_contact('settings.raw_value') }} as masked_value,
        {{ mask_contact('settings.raw_value', is_id=true) }} as masked_id
    from settings

),

final as (

    select *
    from masked
    where
        masked_value is distinct from expected
        or masked_id is distinct from expected_id

)

select * from final
