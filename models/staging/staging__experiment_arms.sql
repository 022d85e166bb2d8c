{{
    lookup_rows('experiment_arms', {
        'campaign': 'text', 'variant': 'text', 'share': 'decimal(18, 8)'
    })
}}
