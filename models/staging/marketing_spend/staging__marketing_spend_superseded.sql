{{ superseded('marketing_spend') }}
