"""The ingress → `overlays/edge/`: the Gateway, verified tokens, and the table that tells tenants and gives colours.

The table (`emit/table.py`) is a Lua filter before the router; routes then match the colour that it sets, and nothing else.
The filter stands in the listener and never changes; the table is a part of the routes, so that a tenant's change ends no
connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta, table
from generator.compiler.emit.kustomize import kustomization
from generator.compiler.emit.lua import FILTERS, insert_before_router, on_every_route
from generator.compiler.emit.mesh import NETWORKING
from generator.compiler.emit.meta import thing
from generator.compiler.emit.policies import SECURITY
from generator.compiler.emit.yaml_text import documents
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan

def emit(plan: Plan, files: FileSet) -> None:
    """`overlays/edge/`: `gateway.yaml`, and `tenants.yaml` and further shards, of which a tenant's change touches one."""
    content = {"gateway.yaml": documents(*_gateway(plan))} | {path: documents(shard) for path, shard in _tables(plan)}
    for path, text in content.items():
        files.add(f"overlays/edge/{path}", text)
    files.add("overlays/edge/kustomization.yaml", kustomization(resources=sorted(content)))


def _gateway(plan: Plan) -> Iterator[dict[str, Any]]:
    ingress, name = plan.platform.ingress, plan.platform.name
    port: dict[str, Any] = {"number": ingress.port, "name": "http", "protocol": "HTTP"}
    server: dict[str, Any] = {"port": port}
    if ingress.tls:
        server["port"] = port | {"name": "https", "protocol": "HTTPS"}
        server["tls"] = {"mode": "SIMPLE", "credentialName": ingress.tls.credential}
    namespaces = sorted(environment.namespace for environment in plan.environments.values())
    server["hosts"] = [f"{namespace}/*" for namespace in namespaces]
    yield thing(plan, NETWORKING, "Gateway", name, ingress.namespace, meta.EDGE, {"selector": dict(sorted(ingress.selector.items())), "servers": [server]})
    if ingress.jwt:
        rules = [_issuer(issuer) for issuer in ingress.jwt]
        selector = {"matchLabels": dict(sorted(ingress.selector.items()))}
        yield thing(plan, SECURITY, "RequestAuthentication", name, ingress.namespace, meta.EDGE, {"selector": selector, "jwtRules": rules})


def _issuer(issuer: Any) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    audiences = {"audiences": list(issuer.audiences)} if issuer.audiences else {}
    return {"issuer": issuer.issuer} | keys | audiences | {"forwardOriginalToken": True}


def _tables(plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file, filter) of each shard. Later ones stand behind the first, which removes the colour from outside."""
    ingress, name = plan.platform.ingress, plan.platform.name
    for index, lua in enumerate(table.code(plan)):
        own = f"gen.tenants-{index:02}" if index else "gen.tenants"
        patches = [insert_before_router("GATEWAY", own, None if index else table.without(plan)), on_every_route("GATEWAY", own, lua)]
        spec = {"workloadSelector": {"labels": dict(sorted(ingress.selector.items()))}, "priority": meta.FILTER_PRIORITY + index, "configPatches": patches}
        suffix = f"-{index:02}" if index else ""
        yield f"tenants{suffix}.yaml", thing(plan, FILTERS, "EnvoyFilter", f"{name}-tenants{suffix}", ingress.namespace, meta.EDGE, spec)
