{{ superseded('refunds') }}
