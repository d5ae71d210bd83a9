"""Names of the private name service, which hands out Pod addresses: how a call that was dialled by
one finds its route.

Such a name says no environment, so it means the caller's own. `mesh.privateNames.by` tells how a
call carries it:

- authority, vhostHeader: the name is a host of its own (a ServiceEntry), with the routes of the
  service;
- calleeHeader, port: a Lua filter writes the service's Kubernetes name over the authority, before
  routes are chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.services import Port
from generator.targets import objects
from generator.targets.kube.units import APPLICATION_PROTOCOLS
from generator.targets.lua.lua import (
    FILTER_PRIORITY,
    FILTERS,
    V3,
    constant,
    insert_before_router,
    program,
    quote,
)
from generator.targets.objects import NETWORKING, Object, new_object

NAME = "gen.private-names"
OUT = "SIDECAR_OUTBOUND"


def registered(plan: Plan, host: VirtualHost) -> Object:
    """The names as hosts of the environment, for its own pods."""
    service, namespace = str(host.service), plan.environments[host.environment].namespace
    # Its own cluster is never used: each of its requests takes one of the routes.
    entry = {
        "hosts": list(host.names),
        "exportTo": ["."],
        "location": "MESH_INTERNAL",
        "resolution": "NONE",
        "ports": [_listed(port) for port in plan.web_ports(service)],
    }
    name, wave = f"{service}.names", objects.NAMES
    return new_object(plan, NETWORKING, "ServiceEntry", name, namespace, wave, entry)


def _listed(port: Port) -> dict[str, Any]:
    protocol = APPLICATION_PROTOCOLS[port.carrier or port.protocol].upper()
    return {"number": port.port, "name": port.name, "protocol": protocol}


def filters(plan: Plan, environment: str) -> Iterator[Object]:
    """The filter of the environment's sidecars, where the way needs one and somebody calls a
    private name."""
    called = [
        name
        for name in plan.known[environment]
        if plan.services[name].names and environment in plan.calling(name)
    ]
    if plan.platform.mesh.private_names.by != "authority" and called:
        spec = {
            "priority": FILTER_PRIORITY,
            "configPatches": _patches(plan, environment, called),
        }
        namespace = plan.environments[environment].namespace
        yield new_object(plan, FILTERS, "EnvoyFilter", NAME, namespace, objects.ROUTES, spec)


def _patches(plan: Plan, environment: str, called: list[str]) -> list[dict[str, Any]]:
    by, header = plan.platform.mesh.private_names.by, plan.platform.mesh.private_names.header
    if by == "vhostHeader":
        return _virtual_host_by(header)
    if by == "calleeHeader":
        lines = [f"local CALLEE = {quote(header)}"]
        lines += constant("NAMES", _hosts_by_name(plan, environment, called))
        lines.append(program("callee", "rewrite"))
    else:
        lines = constant("PORTS", _hosts_by_port(plan, environment, called))
        lines.append(program("port", "rewrite"))
    return [insert_before_router(OUT, NAME, "\n".join(lines))]


def _hosts_by_name(plan: Plan, environment: str, called: list[str]) -> dict[str, str]:
    return {
        name: plan.host(service, environment)
        for service in called
        for name in plan.services[service].names
    }


def _hosts_by_port(plan: Plan, environment: str, called: list[str]) -> dict[str, str]:
    return {
        str(port.port): plan.host(service, environment)
        for service in called
        for port in plan.web_ports(service)
    }


def _virtual_host_by(header: str) -> list[dict[str, Any]]:
    """The callee's header picks the virtual host. Without that header a request would get 404, so
    the authority is copied into it first; behind the routes it is removed, since an application
    that copies headers would pass it on."""
    return [
        _early_copy(header),
        {
            "applyTo": "ROUTE_CONFIGURATION",
            "match": {"context": OUT},
            "patch": {
                "operation": "MERGE",
                "value": {"vhost_header": header, "request_headers_to_remove": [header]},
            },
        },
    ]


def _early_copy(header: str) -> dict[str, Any]:
    """The patch that copies the authority into a header, where that is absent, before anything else
    looks at it."""
    mutation = {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation"
            ".header_mutation.v3.HeaderMutation",
            "mutations": [
                {
                    "append": {
                        "header": {"key": header, "value": "%REQ(:authority)%"},
                        "append_action": "ADD_IF_ABSENT",
                    }
                }
            ],
        },
    }
    manager = {
        "@type": f"{V3}.network.http_connection_manager.v3.HttpConnectionManager",
        "early_header_mutation_extensions": [mutation],
    }
    connections = {"filter": {"name": "envoy.filters.network.http_connection_manager"}}
    return {
        "applyTo": "NETWORK_FILTER",
        "match": {"context": OUT, "listener": {"filterChain": connections}},
        "patch": {"operation": "MERGE", "value": {"typed_config": manager}},
    }
