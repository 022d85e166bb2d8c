{{ ledger('customers') }}
