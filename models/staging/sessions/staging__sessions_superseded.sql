{{ superseded('sessions') }}
