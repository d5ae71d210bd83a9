"""From sources to files: load, resolve, check, plan, emit. Pure: no files, no git, no clock, no
environment."""
