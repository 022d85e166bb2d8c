{{ superseded('fx_rates') }}
