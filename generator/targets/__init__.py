"""Printers of the plan. They see the plan only, never the input, and decide nothing about where a
request goes."""
