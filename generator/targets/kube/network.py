"""Who may connect to whom, and what a namespace may use: NetworkPolicies by address, quotas.

They let in the same as identities do (M7), in the network, where no proxy can be left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.platform import Container, ContainerLimits
from generator.plan.units import ANY, Caller, Unit
from generator.targets import objects
from generator.targets.objects import Object, new_object
from generator.vocabulary import names

NETWORK = "networking.k8s.io/v1"
DENY = "gen.deny-by-default"
METRICS = (15020, 15090)  # of Istio's agent and of Envoy
CONTROL_PLANE = 15012
NAMESPACE = "kubernetes.io/metadata.name"  # a label that Kubernetes itself gives each namespace

Body = dict[str, Any]


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Denial by default, and what the namespace may use."""
    namespace, settings = plan.environments[environment].namespace, plan.platform.namespaces
    if settings.network_policies != "none":
        yield _network(plan, DENY, namespace, {}, {"ingress": _observers(settings.observers)})
    if settings.network_policies == "both":
        yield _network(plan, "gen.egress", namespace, {}, {"egress": _egress(plan, environment)})
    if quota := plan.environments[environment].quota:
        hard = {"hard": {name: str(amount) for name, amount in sorted(quota.items())}}
        yield new_object(plan, "v1", "ResourceQuota", "gen", namespace, objects.POLICY, hard)
    if settings.limits:
        limits = {"limits": [{"type": "Container"} | _limits(settings.limits)]}
        yield new_object(plan, "v1", "LimitRange", "gen", namespace, objects.POLICY, limits)


def _limits(limits: ContainerLimits) -> dict[str, dict[str, str]]:
    said = {
        "default": _amounts(limits.default),
        "defaultRequest": _amounts(limits.default_request),
    }
    return {name: amounts for name, amounts in said.items() if amounts}


def of_service(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Those who may connect to a service in a unit; named by what it says, as what identities may
    do is."""
    callers = plan.allowed.get((service, unit))
    if not callers or plan.platform.namespaces.network_policies == "none":
        return
    name = names.kubernetes_name(service, unit.branch)
    namespace = plan.environments[unit.environment].namespace
    ports = [port.target_port or port.port for port in plan.services[service].ports]
    rules = {"ingress": [{"from": _peers(plan, callers), "ports": _tcp(ports)}]}
    itself = (service, unit) in plan.callers.get((service, unit), ())
    if itself and (more := _among(plan, service)):
        rules["ingress"].append({"from": _peers(plan, ((service, unit),)), "ports": more})
    pods = {"matchLabels": objects.selector(service, unit)}
    yield _network(plan, named(name, rules), namespace, pods, rules)


def _among(plan: Plan, service: str) -> list[Body]:
    """Ports beside the catalogue's at which the replicas of a service call each other."""
    known = {port.target_port or port.port for port in plan.services[service].ports}
    behind = {port for _, ports in plan.bases[service].peers for port in ports}
    return _tcp(sorted(port for port in behind if port not in known))


def _tcp(ports: Iterable[int | str]) -> list[Body]:
    return [{"port": port, "protocol": "TCP"} for port in ports]


def named(name: str, content: Any) -> str:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{name}.{digest[:8]}"


def _network(plan: Plan, name: str, namespace: str, pods: Body, rules: Body) -> Object:
    spec = {"podSelector": pods, "policyTypes": [kind.capitalize() for kind in rules]}
    spec |= {kind: rule for kind, rule in rules.items() if rule}
    return new_object(plan, NETWORK, "NetworkPolicy", name, namespace, objects.POLICY, spec)


def _peers(plan: Plan, callers: tuple[Caller | None, ...]) -> list[Body]:
    """Pods that may connect: one entry per unit, or whole environment, that callers run in."""
    units: dict[Unit, list[str]] = {}
    for caller in callers:
        if caller is not None:
            units.setdefault(caller[1], []).append(caller[0])
    peers: list[Body] = []
    if None in callers:
        ingress = plan.platform.ingress
        pods: Body = {"matchLabels": dict(sorted(ingress.selector.items()))}
        peers.append(_in(ingress.namespace) | {"podSelector": pods})
    for unit, services in sorted(units.items()):
        named = {"key": "app.kubernetes.io/name", "operator": "In", "values": sorted(services)}
        whose = {} if unit.branch == ANY else {"matchLabels": {"gen/branch": unit.label}}
        pods = whose | {"matchExpressions": [named]}
        peers.append(_in(plan.environments[unit.environment].namespace) | {"podSelector": pods})
    return peers


def _observers(namespaces: tuple[str, ...]) -> list[Body]:
    """Who reads metrics, perhaps nobody."""
    if not namespaces:
        return []
    return [{"from": [_in(name) for name in sorted(namespaces)], "ports": _tcp(METRICS)}]


def _egress(plan: Plan, environment: str) -> list[Body]:
    """DNS, the control plane, the namespaces that calls from here can end in, and those that the
    platform names."""
    reached = {
        plan.environments[unit.environment].namespace
        for (_, unit), callers in plan.allowed.items()
        if any(caller and caller[1].environment == environment for caller in callers)
    }
    reached |= set(plan.platform.namespaces.reaches)
    dns = [{"port": 53, "protocol": protocol} for protocol in ("TCP", "UDP")]
    rules: list[Body] = [
        {"to": [_in("kube-system")], "ports": dns},
        {"to": [_in(plan.platform.mesh.root_namespace)], "ports": _tcp([CONTROL_PLANE])},
    ]
    rules += _outside(plan, environment)
    if reached:
        rules.append({"to": [_in(namespace) for namespace in sorted(reached)]})
    return rules


def _outside(plan: Plan, environment: str) -> Iterator[Body]:
    """What versions here call outside the mesh. A rule cannot name hosts: where no addresses are
    said, the ports are open to any."""
    for name in plan.dialled(environment):
        external = plan.externals[name]
        ranges = external.cidrs or ("0.0.0.0/0", "::/0")
        ports = sorted({port for _, port in external.ports})
        yield {
            "to": [{"ipBlock": {"cidr": cidr}} for cidr in ranges],
            "ports": _tcp(ports),
        }


def _in(namespace: str) -> Body:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE: namespace}}}


def _amounts(part: Container) -> dict[str, str]:
    amounts = {name: getattr(part, name) for name in ("cpu", "memory")}
    return {name: str(amount) for name, amount in amounts.items() if amount is not None}
