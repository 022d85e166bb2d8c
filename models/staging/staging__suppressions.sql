{{
    lookup_rows('suppressions', {
        'customer_id': 'id', 'email': 'hash', 'phone': 'hash', 'medium': 'lower'
    })
}}
