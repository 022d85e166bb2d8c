"""CDNOW: 18 months of purchases by 23,570 customers, as a raw folder."""
