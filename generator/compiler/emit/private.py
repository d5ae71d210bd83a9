"""Names of the private name service, which hands out Pod addresses: how a call that was dialled by one finds its route.

Such a name says no environment, so it means the caller's own. `mesh.privateNames.by` tells how a call carries it:

- authority, vhostHeader: the name is a host of its own (a ServiceEntry), with the routes of the service;
- calleeHeader, port: a Lua filter writes the service's Kubernetes name over the authority, before routes are chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.kustomize import APPLICATION_PROTOCOLS
from generator.compiler.emit.lua import FILTERS, constant, insert_before_router, quote
from generator.compiler.emit.meta import thing
from generator.compiler.emit.routes import http_routes
from generator.vocabulary.plan import Plan

NETWORKING, NAME = "networking.istio.io/v1", "gen.private-names"
_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"

_REWRITE = """\
function envoy_on_request(handle)
  local headers = handle:headers()
  local host = called(handle, headers)
  if host then
    headers:replace(":authority", host)
    handle:clearRouteCache()
  end
end
"""
_BY_HEADER = """\
local function called(handle, headers)
  local name = headers:get(CALLEE)
  headers:remove(CALLEE)
  return name and NAMES[name]
end

"""
_BY_PORT = """\
local function called(handle, headers)
  local host = headers:get(":authority") or ""
  if string.match(host, "^%d+%.%d+%.%d+%.%d+$") or string.match(host, "^%d+%.%d+%.%d+%.%d+:%d+$") or string.sub(host, 1, 1) == "[" then
    return PORTS[string.match(handle:streamInfo():downstreamLocalAddress(), ":(%d+)$")]
  end
end

"""


def things(plan: Plan, environment: str, service: str) -> Iterator[dict[str, Any]]:
    """The names as hosts of the environment, for its own pods, with the routes of the service there."""
    if not (own := list(plan.private_hosts(service))) or environment not in plan.calling(service):
        return
    name, namespace = f"{service}.names", plan.environments[environment].namespace
    listed = [{"number": port.port, "name": port.name, "protocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol].upper()} for port in plan.web_ports(service)]
    # Its own cluster is never used: each of its requests takes one of the routes.
    yield thing(plan, NETWORKING, "ServiceEntry", name, namespace, meta.NAMES, {"hosts": own, "exportTo": ["."], "location": "MESH_INTERNAL", "resolution": "NONE", "ports": listed})
    yield thing(plan, NETWORKING, "VirtualService", name, namespace, meta.ROUTES, {"hosts": own, "exportTo": ["."], "http": http_routes(plan, environment, service)})


def filters(plan: Plan, environment: str) -> Iterator[dict[str, Any]]:
    """The filter of the environment's sidecars, where the way needs one and somebody calls a private name."""
    by, header = plan.platform.mesh.private_names.by, plan.platform.mesh.private_names.header
    called = [name for name in plan.known[environment] if plan.services[name].names and environment in plan.calling(name)]
    if by == "authority" or not called:
        return
    if by == "vhostHeader":
        patches = _virtual_host_by(header)
    elif by == "calleeHeader":
        table = {name: plan.host(service, environment) for service in called for name in plan.services[service].names}
        head = [f"local CALLEE = {quote(header)}", *constant("NAMES", table)]
        patches = [insert_before_router("SIDECAR_OUTBOUND", NAME, "\n".join([*head, _BY_HEADER + _REWRITE]))]
    else:
        table = {str(port.port): plan.host(service, environment) for service in called for port in plan.web_ports(service)}
        patches = [insert_before_router("SIDECAR_OUTBOUND", NAME, "\n".join([*constant("PORTS", table), _BY_PORT + _REWRITE]))]
    yield thing(plan, FILTERS, "EnvoyFilter", NAME, plan.environments[environment].namespace, meta.ROUTES, {"priority": meta.FILTER_PRIORITY, "configPatches": patches})


def _virtual_host_by(header: str) -> list[dict[str, Any]]:
    """The callee's header picks the virtual host. Without that header a request would get 404, so the authority is
    copied into it first; behind the routes it is removed, since an application that copies headers would pass it on."""
    copy = {"append": {"header": {"key": header, "value": "%REQ(:authority)%"}, "append_action": "ADD_IF_ABSENT"}}
    mutation = {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", "mutations": [copy]},
    }
    return [
        {
            "applyTo": "NETWORK_FILTER",
            "match": {"context": "SIDECAR_OUTBOUND", "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}},
            "patch": {"operation": "MERGE", "value": {"typed_config": {"@type": _MANAGER, "early_header_mutation_extensions": [mutation]}}},
        },
        {
            "applyTo": "ROUTE_CONFIGURATION",
            "match": {"context": "SIDECAR_OUTBOUND"},
            "patch": {"operation": "MERGE", "value": {"vhost_header": header, "request_headers_to_remove": [header]}},
        },
    ]
