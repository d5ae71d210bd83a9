"""The meaning as a specification: M1 to M8 over every configuration of a small size, gen's plan against a small model.

`model.py` is the meaning; `shapes.py` draws every small configuration once; `rules.py` holds the plan to the model.
"""
