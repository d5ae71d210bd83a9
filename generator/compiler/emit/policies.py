"""Who may call whom and what a namespace may use: AuthorizationPolicies by identity, NetworkPolicies by address, quotas.

Both kinds of policy print the same edges of the plan (M7): identities decide in the proxies, addresses in the network,
where no proxy can be left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.kustomize import identity
from generator.compiler.emit.meta import thing
from generator.vocabulary import names
from generator.vocabulary.plan import Caller, Plan, Unit

SECURITY, NETWORK = "security.istio.io/v1", "networking.k8s.io/v1"
DENY = "gen.deny-by-default"
METRICS = (15020, 15090)  # of Istio's agent and of Envoy
CONTROL_PLANE = 15012
NAMESPACE = "kubernetes.io/metadata.name"  # a label that Kubernetes itself gives each namespace

Object = dict[str, Any]


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Identities and denial by default, and what the namespace may use."""
    namespace, mtls = plan.environments[environment].namespace, plan.platform.mesh.mtls
    yield thing(plan, SECURITY, "PeerAuthentication", "default", namespace, meta.POLICY, {"mtls": {"mode": {"strict": "STRICT", "disabled": "DISABLE"}[mtls]}})
    if mtls == "strict":
        yield thing(plan, SECURITY, "AuthorizationPolicy", DENY, namespace, meta.POLICY, {})
    settings = plan.platform.namespaces
    if settings.network_policies != "none":
        yield _network(plan, DENY, namespace, {}, {"ingress": _observers(settings.observers)})
    if settings.network_policies == "both":
        yield _network(plan, "gen.egress", namespace, {}, {"egress": _egress(plan, environment)})
    if quota := plan.environments[environment].quota:
        yield thing(plan, "v1", "ResourceQuota", "gen", namespace, meta.POLICY, {"hard": {name: str(amount) for name, amount in sorted(quota.items())}})
    if settings.limits:
        limit = {name: _amounts(part) for name, part in (("default", settings.limits.default), ("defaultRequest", settings.limits.default_request)) if _amounts(part)}
        yield thing(plan, "v1", "LimitRange", "gen", namespace, meta.POLICY, {"limits": [{"type": "Container"} | limit]})


def of_service(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Those who may call a service in a unit. Nobody else may: denial is the default.

    A policy is named by what it says: other callers make another policy, which comes before the routes that need it, and
    the old one goes after the routes that needed that. Both allow, so on the way the callers of either may call.
    """
    if not (callers := plan.callers.get((service, unit))):
        return
    name, namespace = names.kubernetes_name(service, unit.branch), plan.environments[unit.environment].namespace
    selector = meta.selector(service, unit)
    if plan.platform.mesh.mtls == "strict":
        source = {"principals": sorted(_principal(plan, caller) for caller in callers)}
        spec = {"selector": {"matchLabels": selector}, "action": "ALLOW", "rules": [{"from": [{"source": source}]}]}
        yield thing(plan, SECURITY, "AuthorizationPolicy", _named(name, spec), namespace, meta.POLICY, spec)
    if plan.platform.namespaces.network_policies != "none":
        ports = [{"port": port.target_port or port.port, "protocol": "TCP"} for port in plan.services[service].ports]
        rules = {"ingress": [{"from": _peers(plan, callers), "ports": ports}]}
        yield _network(plan, _named(name, rules), namespace, {"matchLabels": selector}, rules)


def _named(name: str, content: Any) -> str:
    return f"{name}.{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]}"


def _principal(plan: Plan, caller: Caller | None) -> str:
    if caller is None:
        return f"cluster.local/ns/{plan.platform.ingress.namespace}/sa/{plan.platform.ingress.service_account}"
    return identity(plan, *caller)


def _network(plan: Plan, name: str, namespace: str, pods: Object, rules: Object) -> Object:
    spec = {"podSelector": pods, "policyTypes": [kind.capitalize() for kind in rules]} | {kind: rule for kind, rule in rules.items() if rule}
    return thing(plan, NETWORK, "NetworkPolicy", name, namespace, meta.POLICY, spec)


def _peers(plan: Plan, callers: tuple[Caller | None, ...]) -> list[Object]:
    """Pods that may connect: one entry per unit that any of the callers runs in."""
    units: dict[Unit, list[str]] = {}
    for caller in callers:
        if caller is not None:
            units.setdefault(caller[1], []).append(caller[0])
    peers = [] if None not in callers else [_in(plan.platform.ingress.namespace) | {"podSelector": {"matchLabels": dict(sorted(plan.platform.ingress.selector.items()))}}]
    for unit, services in sorted(units.items()):
        pods = {"matchLabels": {"gen/branch": unit.label}, "matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": sorted(services)}]}
        peers.append(_in(plan.environments[unit.environment].namespace) | {"podSelector": pods})
    return peers


def _observers(namespaces: tuple[str, ...]) -> list[Object]:
    return [{"from": [_in(name) for name in sorted(namespaces)], "ports": [{"port": port, "protocol": "TCP"} for port in METRICS]}] if namespaces else []


def _egress(plan: Plan, environment: str) -> list[Object]:
    """DNS, the control plane, the namespaces that calls from here can end in, and those that the platform names."""
    reached = {plan.environments[unit.environment].namespace for (_, unit), callers in plan.callers.items() for caller in callers if caller and caller[1].environment == environment}
    reached |= set(plan.platform.namespaces.reaches)
    dns = [{"port": 53, "protocol": protocol} for protocol in ("TCP", "UDP")]
    return [
        {"to": [_in("kube-system")], "ports": dns},
        {"to": [_in(plan.platform.mesh.root_namespace)], "ports": [{"port": CONTROL_PLANE, "protocol": "TCP"}]},
        *([{"to": [_in(namespace) for namespace in sorted(reached)]}] if reached else []),
    ]


def _in(namespace: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE: namespace}}}


def _amounts(part: Any) -> dict[str, str]:
    return {name: str(amount) for name in ("cpu", "memory") if (amount := getattr(part, name)) is not None}
