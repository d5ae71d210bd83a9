"""The ingress: the gateway, and the table that tells tenants."""
