"""UCI Online Retail: a year of one shop's invoice lines, as a raw folder."""
