"""The only place with side effects: the tree on disk, git, edits, the terminal."""
