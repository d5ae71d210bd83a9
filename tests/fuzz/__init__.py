"""Inputs made at random, each from its number: no traceback, no hang, no flood of memory."""
