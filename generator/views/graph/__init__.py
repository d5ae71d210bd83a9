"""Pictures of what a configuration says: a graph, and the formats that it is drawn in."""
