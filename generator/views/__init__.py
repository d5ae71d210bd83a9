"""Readers of a compiled value: answers to questions, as plain data."""
