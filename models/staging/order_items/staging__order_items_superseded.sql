{{ superseded('order_items') }}
