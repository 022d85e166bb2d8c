"""A second, independent reading of the raw contract and the metric dictionary in plain Python.

Small, slow and obvious on purpose: the warehouse is compared with it on random small histories.
"""
