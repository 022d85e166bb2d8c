{{ superseded('campaign_sends') }}
