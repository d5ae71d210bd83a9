"""Publishing under kills, races, late deliveries, mass deletions and failing disks: `make torture`."""
