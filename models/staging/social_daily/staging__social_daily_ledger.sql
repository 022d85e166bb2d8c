{{ ledger('social_daily') }}
