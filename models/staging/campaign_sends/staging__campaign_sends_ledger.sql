{{ ledger('campaign_sends') }}
