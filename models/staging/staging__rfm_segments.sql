{{
    lookup_rows('rfm_segments', {
        'recency_score': 'integer', 'frequency_score': 'integer', 'segment': 'text'
    })
}}
