{{ ledger('refunds', parents=ref('staging__orders_ledger'), few_children=true) }}
