"""Worked examples: public data sets turned into a raw folder, and the calendar seed."""
