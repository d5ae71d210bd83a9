"""The command line: one short function per verb, and the one exception boundary."""
