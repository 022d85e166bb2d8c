{{
    lookup_rows('kpi_targets', {
        'metric': 'lower', 'calendar': 'lower', 'period_grain': 'lower', 'period_start': 'date',
        'target': 'decimal(38, 4)', 'direction': 'lower', 'owner': 'text'
    })
}}
