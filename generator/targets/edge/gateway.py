"""The ingress → `overlays/edge/`: the Gateway, verified tokens, and the table that tells tenants
and gives colours.

The table (`targets/edge/table.py`) is a Lua filter before the router; routes then match the colour
that it sets, and nothing else. The filter stands in the listener and never changes; the table is a
part of the routes, so that a tenant's change ends no connection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.platform import Issuer
from generator.targets import objects
from generator.targets.edge import deployed, table
from generator.targets.istio.telemetry import KIND, telemetry
from generator.targets.lua.lua import (
    FILTER_PRIORITY,
    FILTERS,
    colour,
    insert_before_router,
    on_every_route,
    program,
    quote,
)
from generator.targets.objects import NETWORKING, Object, Part, new_object
from generator.targets.printed import Kind
from generator.vocabulary import names

SECURITY = "security.istio.io/v1"
LAST = FILTER_PRIORITY + 1000  # behind as many tables as there can be
_STANDING: frozenset[Kind] = frozenset(
    {("networking.istio.io", "Gateway"), ("security.istio.io", "RequestAuthentication")}
)


def standing(plan: Plan) -> frozenset[Kind]:
    """Kinds that come and go with what the platform says."""
    more = {KIND} if plan.platform.telemetry else set()
    made = {deployed.KIND} if plan.platform.ingress.kind == "gateway" else set()
    return _STANDING | more | made


def part(plan: Plan) -> Part:
    """`overlays/edge/`, in a cluster with a name `overlays/edge.<cluster>/`."""
    ingress, cluster = plan.platform.ingress, plan.platform.cluster
    name = names.edge(cluster.name)
    return Part(name, f"overlays/{name}", cluster.server, ingress.namespace, objects.EDGE)


def far_part(plan: Plan) -> Part:
    """The hosts of environments that run on other clusters of the mesh."""
    cluster = plan.platform.cluster
    project, folder = names.edge(cluster.name), f"overlays/{names.far(cluster.name)}"
    namespace = plan.platform.ingress.namespace
    return Part(project, folder, cluster.server, namespace, objects.EDGE, complete=True)


def contents(plan: Plan) -> Iterator[tuple[str, list[Object]]]:
    """The gateway, and the table: `tenants` and further shards, of which a tenant's change touches
    one."""
    yield "gateway", list(_gateway(plan))
    for subject, shard in _tables(plan):
        yield subject, [shard]
    if clusters.several(plan.platform):
        yield "elsewhere", [_elsewhere(plan)]


def _gateway(plan: Plan) -> Iterator[Object]:
    ingress, name = plan.platform.ingress, plan.platform.name
    labels = dict(sorted(ingress.selector.items()))
    whose, data = f"gen.edge.{_digest(labels)}", {"platform": name}
    yield new_object(plan, "v1", "ConfigMap", whose, ingress.namespace, objects.EDGE, data=data)
    if plan.environments:  # Istio refuses one without any host
        yield from _listening(plan)
    meant = _policed(plan)
    if ingress.jwt:
        tokens = meant | {"jwtRules": [_issuer(issuer) for issuer in ingress.jwt]}
        kind = "RequestAuthentication"
        yield new_object(plan, SECURITY, kind, name, ingress.namespace, objects.EDGE, tokens)
    yield from telemetry(plan, ingress.namespace, objects.EDGE, name, **meant)


def _listening(plan: Plan) -> Iterator[Object]:
    ingress, name = plan.platform.ingress, plan.platform.name
    if ingress.kind == "gateway":
        yield from deployed.gateway(plan, _namespaces(plan))
        return
    gate = {"selector": dict(sorted(ingress.selector.items())), "servers": [_server(plan)]}
    yield new_object(plan, NETWORKING, "Gateway", name, ingress.namespace, objects.EDGE, gate)


def _policed(plan: Plan) -> dict[str, Any]:
    """Whom a policy of the ingress is for."""
    ingress = plan.platform.ingress
    if ingress.kind == "gateway":
        return deployed.reference(plan)
    return {"selector": {"matchLabels": dict(sorted(ingress.selector.items()))}}


def _filtered(plan: Plan) -> dict[str, Any]:
    """Whom a filter of the ingress is for."""
    ingress = plan.platform.ingress
    if ingress.kind == "gateway":
        return deployed.reference(plan)
    return {"workloadSelector": {"labels": dict(sorted(ingress.selector.items()))}}


def _digest(labels: Mapping[str, str]) -> str:
    """Names a gateway by its pods, so that Argo CD refuses it to a second platform: each table
    would take away the colours that the other one gives."""
    return hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:8]


def _server(plan: Plan) -> dict[str, Any]:
    ingress = plan.platform.ingress
    port: dict[str, Any] = {"number": ingress.port, "name": "http", "protocol": "HTTP"}
    server: dict[str, Any] = {"port": port}
    if ingress.credential:
        server["port"] = port | {"name": "https", "protocol": "HTTPS"}
        server["tls"] = {"mode": "SIMPLE", "credentialName": ingress.credential}
    server["hosts"] = [f"{namespace}/*" for namespace in _namespaces(plan)]
    return server


def _namespaces(plan: Plan) -> list[str]:
    """Whose hosts the ingress takes."""
    namespaces = {plan.environments[name].namespace for name in plan.residents}
    if len(plan.residents) < len(plan.environments):
        namespaces.add(plan.platform.ingress.namespace)  # where hosts of other clusters stand
    return sorted(namespaces)


def _issuer(issuer: Issuer) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    audiences = {"audiences": list(issuer.audiences)} if issuer.audiences else {}
    return {"issuer": issuer.issuer} | keys | audiences | {"forwardOriginalToken": True}


def _elsewhere(plan: Plan) -> Object:
    """Behind all tables: whose lane is in another cluster is told so, and gets no other answer."""
    ingress, own = plan.platform.ingress, "gen.elsewhere"
    lua = "\n".join(
        [
            *colour(plan),
            f"local BEGIN = {quote(f'^{clusters.ELSEWHERE}(.*)$')}",
            "",
            program("elsewhere"),
        ]
    )
    spec = {
        **_filtered(plan),
        "priority": LAST,
        "configPatches": [insert_before_router("GATEWAY", own, lua)],
    }
    name = f"{plan.platform.name}-elsewhere"
    return new_object(plan, FILTERS, "EnvoyFilter", name, ingress.namespace, objects.EDGE, spec)


def _tables(plan: Plan) -> Iterator[tuple[str, Object]]:
    """(subject, filter) of each shard. Later ones stand behind the first, which removes the colour
    from outside."""
    ingress = plan.platform.ingress
    for index, lua in enumerate(table.code(plan)):
        suffix = f"-{index:02}" if index else ""
        own, name = f"gen.tenants{suffix}", f"{plan.platform.name}-tenants{suffix}"
        patches = [
            insert_before_router("GATEWAY", own, None if index else table.without(plan)),
            on_every_route("GATEWAY", own, lua),
        ]
        spec = {
            **_filtered(plan),
            "priority": FILTER_PRIORITY + index,
            "configPatches": patches,
        }
        filtering = new_object(
            plan, FILTERS, "EnvoyFilter", name, ingress.namespace, objects.EDGE, spec
        )
        yield f"tenants{suffix}", filtering
