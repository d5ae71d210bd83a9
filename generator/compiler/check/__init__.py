"""Rules about the whole: names that meet in the cluster, services and ports, lanes and tenants.

`rules.py` lists them, `tenant_rules.py` those about tenants: the others are loaded where something
else than tenants has changed."""
