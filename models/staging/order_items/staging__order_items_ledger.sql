{{ ledger('order_items', parents=ref('staging__orders_ledger')) }}
