{{ ledger('refunds', parents=ref('staging__orders_ledger')) }}
