"""The ingress as a Gateway of the Gateway API: Istio makes its pods, and their account, by its
name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.platform import Ingress
from generator.targets import objects
from generator.targets.gateway import GROUP, pods
from generator.targets.gateway.printer import NOBODY, unanswered
from generator.targets.lua.lua import FILTER_PRIORITY, FILTERS, insert_before_router
from generator.targets.objects import Object, new_object
from generator.targets.printed import Kind

KIND: Kind = (GROUP, "Gateway")
CLASS = "istio"


def reference(plan: Plan) -> dict[str, Any]:
    """What policies and filters of the ingress name."""
    return {"targetRefs": [{"group": GROUP, "kind": "Gateway", "name": plan.platform.name}]}


def gateway(plan: Plan, namespaces: list[str]) -> Iterator[Object]:
    """The Gateway, which takes hosts from these namespaces, and how its pods are sized."""
    ingress, name = plan.platform.ingress, plan.platform.name
    listener = _listener(ingress, namespaces)
    made = pods.Made(name, ingress.namespace, CLASS, listener, f"{name}-gateway")
    yield from pods.gateway(plan, made, objects.EDGE, {})
    yield _refusing(plan)


def _listener(ingress: Ingress, namespaces: list[str]) -> dict[str, Any]:
    named = {
        "key": "kubernetes.io/metadata.name",
        "operator": "In",
        "values": namespaces,
    }
    chosen = {"from": "Selector", "selector": {"matchExpressions": [named]}}
    listener = {
        "name": "http",
        "port": ingress.port,
        "protocol": "HTTP",
        "allowedRoutes": {"namespaces": chosen},
    }
    if ingress.credential:
        secret = {"group": "", "kind": "Secret", "name": ingress.credential}
        tls = {"mode": "Terminate", "certificateRefs": [secret]}
        listener |= {"name": "https", "protocol": "HTTPS", "tls": tls}
    return listener


def _refusing(plan: Plan) -> Object:
    """The text of refusals as their body."""
    patch = insert_before_router("GATEWAY", NOBODY, unanswered(plan))
    spec = reference(plan) | {"priority": FILTER_PRIORITY, "configPatches": [patch]}
    name, namespace = f"{plan.platform.name}-nobody", plan.platform.ingress.namespace
    return new_object(plan, FILTERS, "EnvoyFilter", name, namespace, objects.EDGE, spec)
