{{ superseded('customers') }}
