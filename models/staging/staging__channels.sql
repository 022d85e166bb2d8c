{{ lookup_rows('channels', {'source_field': 'lower', 'value': 'lower', 'channel': 'lower'}) }}
