{{ ledger('sessions') }}
