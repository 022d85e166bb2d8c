{{ superseded('subscriptions') }}
