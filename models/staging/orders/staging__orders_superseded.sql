{{ superseded('orders') }}
