"""Plain Kubernetes: units, names, networks, message queues and smoke tests."""
