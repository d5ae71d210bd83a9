"""Faults put into the reader and the rules, which the tests must notice."""
