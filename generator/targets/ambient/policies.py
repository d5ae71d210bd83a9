"""Who may call whom by identity (M7): AuthorizationPolicies at the waypoint, which knows the caller
and the colour, and at pods, which know the waypoint alone.

Both deny by default. A waypoint holds to none that does not name it, and a pod to none that asks
for more than an identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from generator.plan import hosts
from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.routes import Route
from generator.plan.units import ANY, Caller, Unit
from generator.targets import objects
from generator.targets.ambient import NAME
from generator.targets.ambient.origin import TOLD
from generator.targets.ambient.reach import dials, leading
from generator.targets.ambient.waypoint import REFERENCE
from generator.targets.kube.network import named
from generator.targets.objects import Object, new_object
from generator.targets.sidecar.identities import SECURITY
from generator.vocabulary import names

Body = dict[str, Any]


def of_namespace(plan: Plan, environment: str) -> Object:
    """Nobody gets through the waypoint."""
    name, namespace = "gen.deny-by-default.waypoint", plan.environments[environment].namespace
    spec = {"targetRefs": [REFERENCE]}
    return _policy(plan, name, namespace, objects.POLICY, spec)


def of_pods(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Who comes to the pods of a service in a unit: waypoints whose routes lead there, the ingress
    where requests come in, and its own replicas where they know each other."""
    callers = plan.allowed.get((service, unit))
    if not callers:
        return
    inside = any(caller is not None for caller in callers)
    principals = {
        _account(plan, environment, NAME) for environment in leading(plan, service) if inside
    }
    if None in callers:
        ingress = plan.platform.ingress
        principals.add(f"cluster.local/ns/{ingress.namespace}/sa/{ingress.service_account}")
    if plan.peers(service, unit):
        principals.add(_identity(plan, (service, unit)))
    spec = {
        "selector": {"matchLabels": objects.selector(service, unit)},
        "action": "ALLOW",
        "rules": [_from(sorted(principals))],
    }
    name = named(names.kubernetes_name(service, unit.branch), spec)
    namespace = plan.environments[unit.environment].namespace
    yield _policy(plan, name, namespace, objects.NAMES, spec)


def of_service(plan: Plan, environment: str, service: str) -> Iterator[Object]:
    """Who may ask for a service in an environment: of each lane those whom the unit that answers it
    lets in. Whom a lane refuses hears so, and gets no further."""
    host = hosts.of_service(plan, environment, service)
    if host is None or not (rules := _rules(plan, host)):
        return
    target = {"group": "", "kind": "Service", "name": service}
    spec = {"targetRefs": [target], "action": "ALLOW", "rules": rules}
    namespace = plan.environments[environment].namespace
    name = named(f"{service}.waypoint", spec)
    yield _policy(plan, name, namespace, objects.NAMES, spec)


class _Way(NamedTuple):
    """What has one answer: whom it lets in, None if it is a refusal, which all may hear; and what
    policies ask of it, the colour of a request or the ports of raw TCP."""

    callers: tuple[str, ...] | None
    asked: Body


def _rules(plan: Plan, host: VirtualHost) -> list[Body]:
    """Lanes are asked for where they make a difference: most policies then stay as they are when
    lanes come and go."""
    ways = list(_ways(plan, host))
    let_in = {way.callers for way in ways if way.callers is not None}
    if len(let_in) == 1:
        refused = [way for way in ways if way.callers is None]
        ways = [*refused, _Way(let_in.pop(), {})]
    return [_rule(way) for way in ways if way.callers != ()]


def _ways(plan: Plan, host: VirtualHost) -> Iterator[_Way]:
    """In the order of routes; each excludes what one before it takes. Raw TCP has no colour."""
    earlier: list[str] = []
    for part in host.requests:
        for route in part.lanes.routes if part.lanes else ():
            told, begun = _told(route), route.lanes if route.match.whole else ()
            other = [lane for lane in earlier if lane.partition("/")[0] in begun]
            yield _Way(_let_in(plan, host, route), _when(told, other))
            earlier += told
        yield _Way(_let_in(plan, host, part.otherwise), _when([], earlier))
    ports = plan.services[str(host.service)].ports
    raw = [str(port.port) for port in ports if not port.has_headers]
    for route in host.connections:
        if route.match.caller is None:
            yield _Way(_let_in(plan, host, route), {"to": [{"operation": {"ports": raw}}]})


def _rule(way: _Way) -> Body:
    return way.asked if way.callers is None else _from(way.callers) | way.asked


def _let_in(plan: Plan, host: VirtualHost, route: Route) -> tuple[str, ...] | None:
    """Principals of those who come by the waypoint: the ingress does not."""
    if route.unit is None:
        return None
    callers = plan.allowed.get((str(host.service), route.unit), ())
    asking = (one for one in callers if one and dials(plan, one, host.environment))
    return tuple(sorted(_principals(plan, asking)))


def _told(route: Route) -> list[str]:
    """The colours of a route as policies ask for them: a branch's begins as its environment's."""
    branches = [f"{lane}/*" for lane in route.lanes] if route.match.whole else []
    return [*route.lanes, *branches]


def _when(told: list[str], other: list[str]) -> Body:
    said = {"values": told} if told else {}
    excluded = {"notValues": other} if other else {}
    return {"when": [{"key": TOLD, **said, **excluded}]} if told or other else {}


def _principals(plan: Plan, callers: Iterable[Caller]) -> Iterator[str]:
    for service, unit in callers:
        if unit.branch != ANY:
            yield _identity(plan, (service, unit))
            continue
        yield _identity(plan, (service, Unit(unit.environment)))
        yield _account(plan, unit.environment, f"{service}{names.OF_BRANCH}-*")


def _identity(plan: Plan, caller: Caller) -> str:
    service, unit = caller
    return _account(plan, unit.environment, plan.account(service, unit))


def _account(plan: Plan, environment: str, account: str) -> str:
    return f"cluster.local/ns/{plan.environments[environment].namespace}/sa/{account}"


def _from(principals: Iterable[str]) -> Body:
    return {"from": [{"source": {"principals": list(principals)}}]}


def _policy(plan: Plan, name: str, namespace: str, wave: int, spec: Body) -> Object:
    return new_object(plan, SECURITY, "AuthorizationPolicy", name, namespace, wave, spec)
