{{
    lookup_rows('kpi_targets', {
        'metric': 'lower', 'calendar': 'lower', 'period_grain': 'lower', 'period_start': 'date',
        'target': 'decimal(38, 14)', 'direction': 'lower', 'owner': 'text'
    })
}}
