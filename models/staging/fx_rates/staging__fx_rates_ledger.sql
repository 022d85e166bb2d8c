{{ ledger('fx_rates') }}
