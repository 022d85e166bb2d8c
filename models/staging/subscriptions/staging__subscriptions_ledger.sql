{{ ledger('subscriptions', fx_daily=ref('staging__fx_daily')) }}
