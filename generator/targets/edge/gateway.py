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

from generator.plan.plan import Plan
from generator.plan.platform import Issuer
from generator.targets import objects
from generator.targets.edge import table
from generator.targets.istio.telemetry import KIND, telemetry
from generator.targets.lua.lua import FILTER_PRIORITY, FILTERS, insert_before_router, on_every_route
from generator.targets.objects import NETWORKING, Object, Part, new_object
from generator.targets.printed import Kind

SECURITY = "security.istio.io/v1"
_STANDING: frozenset[Kind] = frozenset({("security.istio.io", "RequestAuthentication")})


def standing(plan: Plan) -> frozenset[Kind]:
    """Kinds that come and go with what the platform says."""
    return _STANDING | {KIND} if plan.platform.telemetry else _STANDING


def part(plan: Plan) -> Part:
    """`overlays/edge/`."""
    ingress, cluster = plan.platform.ingress, plan.platform.cluster.server
    return Part("edge", "overlays/edge", cluster, ingress.namespace, objects.EDGE)


def contents(plan: Plan) -> Iterator[tuple[str, list[Object]]]:
    """The gateway, and the table: `tenants` and further shards, of which a tenant's change touches
    one."""
    yield "gateway", list(_gateway(plan))
    for subject, shard in _tables(plan):
        yield subject, [shard]


def _gateway(plan: Plan) -> Iterator[Object]:
    ingress, name = plan.platform.ingress, plan.platform.name
    labels = dict(sorted(ingress.selector.items()))
    whose, data = f"gen.edge.{_digest(labels)}", {"platform": name}
    yield new_object(plan, "v1", "ConfigMap", whose, ingress.namespace, objects.EDGE, data=data)
    gateway = {"selector": labels, "servers": [_server(plan)]}
    yield new_object(plan, NETWORKING, "Gateway", name, ingress.namespace, objects.EDGE, gateway)
    if ingress.jwt:
        tokens = {
            "selector": {"matchLabels": labels},
            "jwtRules": [_issuer(issuer) for issuer in ingress.jwt],
        }
        kind = "RequestAuthentication"
        yield new_object(plan, SECURITY, kind, name, ingress.namespace, objects.EDGE, tokens)
    selector = {"matchLabels": labels}
    yield from telemetry(plan, ingress.namespace, objects.EDGE, name, selector=selector)


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
    namespaces = sorted(environment.namespace for environment in plan.environments.values())
    server["hosts"] = [f"{namespace}/*" for namespace in namespaces]
    return server


def _issuer(issuer: Issuer) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    audiences = {"audiences": list(issuer.audiences)} if issuer.audiences else {}
    return {"issuer": issuer.issuer} | keys | audiences | {"forwardOriginalToken": True}


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
            "workloadSelector": {"labels": dict(sorted(ingress.selector.items()))},
            "priority": FILTER_PRIORITY + index,
            "configPatches": patches,
        }
        filtering = new_object(
            plan, FILTERS, "EnvoyFilter", name, ingress.namespace, objects.EDGE, spec
        )
        yield f"tenants{suffix}", filtering
