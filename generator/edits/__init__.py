"""What the verbs that edit do to a configuration: pure functions of its files."""
