"""Who may connect to whom, and what a namespace may use: NetworkPolicies by address, quotas.

They let in the same as identities do (M7), in the network, where no proxy can be left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.plan import clusters, reach
from generator.plan.plan import Plan
from generator.plan.platform import Container, ContainerLimits
from generator.plan.units import ANY, Caller, Unit
from generator.targets import ambient, objects
from generator.targets.objects import Object, new_object
from generator.vocabulary import names

NETWORK = "networking.k8s.io/v1"
DENY = "gen.deny-by-default"
OPEN = "gen.open"  # beside all others, and before them: what they will shut out is still let in
METRICS = (15020, 15090)  # of Istio's agent and of Envoy
CONTROL_PLANE = 15012
EAST_WEST = 15443  # of the gateways between networks
EVERYWHERE = ("0.0.0.0/0", "::/0")
NAMESPACE = "kubernetes.io/metadata.name"  # a label that Kubernetes itself gives each namespace

Body = dict[str, Any]


def of_namespace(
    plan: Plan, environment: str, entered: Iterable[Body] = (), ends: Iterable[str] = ()
) -> Iterator[Object]:
    """Denial by default, and what the namespace may use: nothing is limited where pods run that
    were made before the limits. `entered` are rules by which a plane enters all pods, `ends` the
    environments that connections end in besides."""
    namespace, settings = plan.environments[environment].namespace, plan.platform.namespaces
    adopting = plan.environments[environment].adopting
    if adopting and settings.network_policies != "none":
        yield _open(plan, namespace)
    if settings.network_policies != "none":
        let_in = [*entered, *observers(settings.observers)]
        yield policy(plan, DENY, namespace, {}, {"ingress": let_in})
    if settings.network_policies == "both":
        out = _egress(plan, environment, ends)
        yield policy(plan, "gen.egress", namespace, {}, {"egress": out})
    quota = plan.environments[environment].quota
    if quota and not adopting:
        hard = {"hard": {name: str(amount) for name, amount in sorted(quota.items())}}
        yield new_object(plan, "v1", "ResourceQuota", "gen", namespace, objects.POLICY, hard)
    if settings.limits and not adopting:
        limits = {"limits": [{"type": "Container"} | _limits(settings.limits)]}
        yield new_object(plan, "v1", "LimitRange", "gen", namespace, objects.POLICY, limits)


def _open(plan: Plan, namespace: str) -> Object:
    """Everybody is let in, and out, and before anybody is shut out."""
    rules: Body = {"ingress": [{}]}
    if plan.platform.namespaces.network_policies == "both":
        rules["egress"] = [{}]
    made = policy(plan, OPEN, namespace, {}, rules)
    return replace(made, wave=objects.NAMESPACE)


def _limits(limits: ContainerLimits) -> dict[str, dict[str, str]]:
    said = {
        "default": _amounts(limits.default),
        "defaultRequest": _amounts(limits.default_request),
    }
    return {name: amounts for name, amounts in said.items() if amounts}


def of_service(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Those who may connect to a service in a unit; named by what it says, as what identities may
    do is."""
    peers = comers(plan, service, unit)
    if not peers or plan.platform.namespaces.network_policies == "none":
        return
    name = names.kubernetes_name(service, unit.branch)
    namespace = plan.environments[unit.environment].namespace
    ports = [port.target_port or port.port for port in plan.services[service].ports]
    rules = {"ingress": [{"from": peers, "ports": tcp(ports)}]}
    itself = (service, unit) in plan.callers.get((service, unit), ())
    if itself and (more := _among(plan, service)):
        rules["ingress"].append({"from": list(_units(plan, ((service, unit),))), "ports": more})
    pods = {"matchLabels": objects.selector(service, unit)}
    yield policy(plan, named(name, rules), namespace, pods, rules, objects.NAMES)


def _among(plan: Plan, service: str) -> list[Body]:
    """Ports beside the catalogue's at which the replicas of a service call each other."""
    known = {port.target_port or port.port for port in plan.services[service].ports}
    behind = {port for _, ports in plan.bases[service].peers for port in ports}
    return tcp(sorted(port for port in behind if port not in known))


def tcp(ports: Iterable[int | str]) -> list[Body]:
    return [{"port": port, "protocol": "TCP"} for port in ports]


def named(name: str, content: Any) -> str:
    """Named by what it says. Versions before had the beginning of the digest, in an Application
    that goes through later: two never hold one object."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{name}.{digest[8:16]}"


def policy(
    plan: Plan, name: str, namespace: str, pods: Body, rules: Body, wave: int = objects.POLICY
) -> Object:
    spec = {"podSelector": pods, "policyTypes": [kind.capitalize() for kind in rules]}
    spec |= {kind: rule for kind, rule in rules.items() if rule}
    return new_object(plan, NETWORK, "NetworkPolicy", name, namespace, wave, spec)


def comers(plan: Plan, service: str, unit: Unit) -> list[Body]:
    """Who comes to the pods of a service in a unit, as peers of a rule."""
    who = reach.comers(plan, service, unit)
    far = {plan.environments[caller[1].environment].cluster for caller in who.themselves}
    far |= {other.name for other in clusters.beside(plan)} if who.ingress else set()
    peers: list[Body] = []
    if who.ingress:
        ingress = plan.platform.ingress
        peers.append(pods(dict(sorted(ingress.selector.items())), ingress.namespace))
    if who.waypoints:
        homes = [plan.environments[name].namespace for name in who.waypoints]
        peers.append(pods(ambient.PODS, *homes))
    if who.replicas:
        own = plan.environments[unit.environment].namespace
        peers.append(pods(objects.selector(service, unit), own))
    return [*peers, *_units(plan, who.themselves), *_from_beside(plan, far)]


def pods(labels: Mapping[str, str], *namespaces: str) -> Body:
    """Pods with labels in some namespaces, as a peer of a rule."""
    return inside(*namespaces) | {"podSelector": {"matchLabels": labels}}


def _units(plan: Plan, callers: Iterable[Caller]) -> Iterator[Body]:
    """Pods of callers: one entry for all environments that the same services call from."""
    units: dict[Unit, list[str]] = {}
    for caller in callers:
        units.setdefault(caller[1], []).append(caller[0])
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for unit, services in sorted(units.items()):
        whose = ANY if unit.branch == ANY else unit.label
        namespace = plan.environments[unit.environment].namespace
        if unit.environment in plan.residents:
            alike.setdefault((whose, tuple(sorted(services))), []).append(namespace)
    for (whose, names_of), namespaces in alike.items():
        branch = {} if whose == ANY else {"matchLabels": {"gen/branch": whose}}
        chosen = branch | {"matchExpressions": [_any_of("app.kubernetes.io/name", names_of)]}
        yield inside(*namespaces) | {"podSelector": chosen}


def _from_beside(plan: Plan, callers: set[str]) -> Iterator[Body]:
    """Callers on other clusters: in one network their pods' addresses, which tell no more of them;
    else the gateways that they come in by, each of which is as good as another."""
    here, beside = plan.platform.cluster, clusters.beside(plan)
    enter = any(one.network != here.network for one in beside if one.name in callers)
    for other in beside:
        if other.network == here.network and (enter or other.name in callers):
            yield from ranges(other.ranges)
    if enter:
        gateway = {"matchLabels": dict(sorted(here.east_west.selector.items()))}
        yield inside(here.east_west.namespace) | {"podSelector": gateway}


def ranges(addresses: Iterable[str]) -> list[Body]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in addresses]


def observers(namespaces: tuple[str, ...]) -> list[Body]:
    """Who reads metrics, perhaps nobody."""
    if not namespaces:
        return []
    return [{"from": [inside(name) for name in sorted(namespaces)], "ports": tcp(METRICS)}]


def _egress(plan: Plan, environment: str, more: Iterable[str]) -> list[Body]:
    """DNS, the control plane, the namespaces that calls from here can end in, and those that the
    platform names."""
    ends = {
        unit.environment
        for (_, unit), callers in plan.allowed.items()
        if any(caller and caller[1].environment == environment for caller in callers)
    }
    ends.update(more)
    reached = {plan.environments[name].namespace for name in ends if name in plan.residents}
    reached |= set(plan.platform.namespaces.reaches)
    dns = [{"port": 53, "protocol": protocol} for protocol in ("TCP", "UDP")]
    rules: list[Body] = [
        {"to": [inside("kube-system")], "ports": dns},
        {"to": [inside(plan.platform.mesh.root_namespace)], "ports": tcp([CONTROL_PLANE])},
    ]
    rules += _outside(plan, environment)
    if reached:
        rules.append({"to": [inside(namespace) for namespace in sorted(reached)]})
    return [*rules, *_to_beside(plan, {plan.environments[name].cluster for name in ends})]


def _to_beside(plan: Plan, callees: set[str]) -> Iterator[Body]:
    """Calls that end on other clusters: at pods, or at a gateway, whose address is not known."""
    here = plan.platform.cluster
    there = [other for other in clusters.beside(plan) if other.name in callees]
    for other in there:
        if other.network == here.network and other.ranges:
            yield {"to": ranges(other.ranges)}
    if any(other.network != here.network for other in there):
        yield {"to": ranges(EVERYWHERE), "ports": tcp([EAST_WEST])}


def _outside(plan: Plan, environment: str) -> Iterator[Body]:
    """What versions here call outside the mesh. A rule cannot name hosts: where no addresses are
    said, the ports are open to any."""
    for name in plan.dialled(environment):
        external = plan.externals[name]
        ports = sorted({port for _, port in external.ports})
        yield {"to": ranges(external.cidrs or EVERYWHERE), "ports": tcp(ports)}


def inside(*namespaces: str) -> Body:
    if len(namespaces) == 1:
        return {"namespaceSelector": {"matchLabels": {NAMESPACE: namespaces[0]}}}
    return {"namespaceSelector": {"matchExpressions": [_any_of(NAMESPACE, sorted(namespaces))]}}


def _any_of(label: str, values: Iterable[str]) -> Body:
    return {"key": label, "operator": "In", "values": list(values)}


def _amounts(part: Container) -> dict[str, str]:
    amounts = {name: getattr(part, name) for name in ("cpu", "memory")}
    return {name: str(amount) for name, amount in amounts.items() if amount is not None}
