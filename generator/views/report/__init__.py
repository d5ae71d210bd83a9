"""One page over a whole configuration: its data, from the plan, and the files that show it."""
