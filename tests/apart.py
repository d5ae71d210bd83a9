"""SMALL with more clusters: `eu`, an environment of the same name on a cluster of the same name, and `us`, where nothing runs."""

from __future__ import annotations

from tests.conftest import Files

PLATFORM = "environments/platform.yaml"
NAMED = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
EU = "cluster: eu\nnamespace: shop-test\nhosts: [eu.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n"

APART: Files = {
    PLATFORM: NAMED
    + "clusters:\n  eu: {server: 'https://eu.example.com:6443', revision: old}\n  us: {name: america, ingress: {namespace: gates}}\n",
    "environments/eu/environment.yaml": EU,
    "environments/eu/branches/login.yaml": "runs:\n  api: {tag: b1}\n",
    "environments/tenants/beta.yaml": "match: [{header: {x-tenant: beta}}, {cookie: {t: beta}}]\nlane: eu/login\n",
    "environments/tenants/acme-eu.yaml": "match: [{header: {x-tenant: acme}}]\nlane: eu\n",
}

# The same in one mesh, with a lane from one cluster to the other and back.
ONE: Files = APART | {
    PLATFORM: NAMED
    + "cluster: {mesh: one, network: n1, podRanges: [10.1.0.0/16]}\n"
    + "clusters:\n  eu: {mesh: one, network: n1, podRanges: [10.2.0.0/16]}\n  us: {mesh: one, network: n2}\n",
    "environments/eu/environment.yaml": EU.replace("namespace: shop-test\n", ""),
    "environments/lanes/round.yaml": "through: [eu/login, test]\npin: {web: test}\n",
    "environments/tenants/acme-eu.yaml": "match: [{header: {x-tenant: round}}]\nlane: round\n",
    "environments/services/api.yaml": "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\n"
    "forwardsColour: true\ntraffic: {limits: {connections: 7}}\n",
}
