{{ superseded('social_daily') }}
