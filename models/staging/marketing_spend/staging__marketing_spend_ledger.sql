{{ ledger('marketing_spend', fx_daily=ref('staging__fx_daily')) }}
