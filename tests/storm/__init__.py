"""Many writers of one configuration repository, measured beside the usual loop."""
