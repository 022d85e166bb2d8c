{{ superseded('surveys') }}
