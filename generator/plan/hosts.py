"""Host names, and where what is addressed to them goes: what printers of routes print.

There are three kinds. A service's own name in an environment, which callers dial; its names in the
private name service, which each environment has for itself; and at the ingress the hosts of an
environment. What lanes get is the same in all environments, and stands once: what a host has of its
own is the answer to all else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from generator.plan.colours import Lanes
from generator.plan.plan import Plan
from generator.plan.routes import Match, NoAnswer, Route
from generator.plan.services import Way
from generator.plan.units import Unit


class Requests(NamedTuple):
    """Requests for a service, at the ingress those that come in by a way: `lanes` are tried first,
    if there are any, and `otherwise` fits whatever comes."""

    service: str
    way: Way | None
    lanes: Lanes | None
    otherwise: Route

    @property
    def routes(self) -> tuple[Route, ...]:
        """All of them, in the order in which they are tried."""
        return (*(self.lanes.routes if self.lanes else ()), self.otherwise)


class VirtualHost(NamedTuple):
    """Names of one kind in an environment.

    service      whose names they are; None at the ingress
    seen_from    environments of this cluster whose pods may ask for them
    requests     in the order in which they are tried
    connections  routes of raw TCP, on each port of the service that speaks it
    """

    kind: Literal["service", "private", "ingress"]
    environment: str
    service: str | None
    names: tuple[str, ...]
    seen_from: tuple[str, ...]
    requests: tuple[Requests, ...]
    connections: tuple[Route, ...] = ()

    def told(self, tells: Callable[[Unit], bool]) -> VirtualHost:
        """The same where connections are told by those callers alone."""
        connections = (
            route
            for route in self.connections
            if route.match.caller is None or tells(route.match.caller)
        )
        return self._replace(connections=tuple(connections))


def of_service(plan: Plan, environment: str, service: str) -> VirtualHost | None:
    """The service's name in an environment; None if nothing that is sent there could be routed.

    It is seen from its own environment, and from where somebody dials it: nobody else can be led
    astray."""
    requests = (_requests(plan, environment, service),) if plan.web_ports(service) else ()
    connections = tuple(_connections(plan, environment, service))
    if not requests and not connections:
        return None
    seen_from = tuple(sorted({environment, *plan.asking(environment, service)}))
    names = (plan.host(service, environment),)
    return VirtualHost("service", environment, service, names, seen_from, requests, connections)


def of_private_names(plan: Plan, environment: str, service: str) -> VirtualHost | None:
    """The service's private names in an environment, for its own pods, if any of them calls it:
    such a name says no environment, so it means the caller's own."""
    names = plan.private_hosts(service)
    if not names or environment not in plan.calling(service):
        return None
    requests = (_requests(plan, environment, service),)
    return VirtualHost("private", environment, service, names, (environment,), requests)


def of_ingress(plan: Plan, environment: str) -> VirtualHost | None:
    """The environment's hosts at the ingress, and those that tenants bring to it; None if there is
    none, or no way in."""
    hosts = plan.host_environments.items()
    names = tuple(sorted(host for host, name in hosts if name == environment))
    ways = [way for way in plan.entries() if way.service in plan.known[environment]]
    if not names or not ways:
        return None
    requests = tuple(_requests(plan, environment, way.service, way) for way in ways)
    return VirtualHost("ingress", environment, None, names, (), requests)


def _requests(plan: Plan, environment: str, service: str, way: Way | None = None) -> Requests:
    """Lanes, and then all else: no colour, and unknown ones (M2)."""
    asleep = plan.sleeper(environment, service)
    answer = plan.answers[environment].get(service) or NoAnswer(service, (environment,), asleep)
    shared = plan.shared(service).get(way.port if way else None)
    return Requests(service, way, shared, Route(Match(), answer, asleep))


def _connections(plan: Plan, environment: str, service: str) -> Iterator[Route]:
    """TCP carries no colour: a branch's own pods take their branch's lane, all others the
    environment's answer. Where nobody answers there is no route."""
    if all(port.has_headers for port in plan.services[service].ports):
        return
    default = plan.answers[environment].get(service)
    for unit in plan.runs:
        answer = plan.answers[str(unit)].get(service)
        if unit.branch is None or answer is None or answer == default:
            continue
        if plan.calls(unit, service):
            yield Route(Match(caller=unit), answer)
    if default is not None:
        yield Route(Match(), default)
