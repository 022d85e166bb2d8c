{{ ledger('orders', fx_daily=ref('staging__fx_daily')) }}
