{{ ledger('surveys') }}
