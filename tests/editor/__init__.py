"""The editor, by its own language server."""
