"""Routes → VirtualServices: the entries of the plan, each in as few matches as Istio can hold.

What the lanes of a service get stands in one VirtualService without hosts, to which those of all
environments delegate. It stands in the ingress's namespace, which is the platform's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generator.plan.colours import Lanes
from generator.plan.hosts import Requests, VirtualHost
from generator.plan.plan import Plan
from generator.plan.routes import BRANCH, NoAnswer, Route
from generator.plan.services import Way
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.istio import LONGEST_REGEX, traffic
from generator.targets.objects import NETWORKING, Object, new_object
from generator.targets.target import RoutePrinter

Body = dict[str, Any]


class VirtualServices(RoutePrinter):
    standing = frozenset({("networking.istio.io", "VirtualService")})

    def objects(self, host: VirtualHost) -> Iterator[Object]:
        """The VirtualService of names of one kind in an environment."""
        plan, name, wave = self.plan, str(host.service), objects.NAMES
        ingress, namespace = plan.platform.ingress, plan.environments[host.environment].namespace
        spec: Body = {"hosts": list(host.names)}
        if host.kind == "ingress":
            name, wave = "gen.hosts", objects.EDGE
            spec["gateways"] = [f"{ingress.namespace}/{plan.platform.name}"]
            spec["exportTo"] = [ingress.namespace]
            if host.environment not in plan.residents:
                name, namespace = f"{name}.{host.environment}", ingress.namespace
        elif host.kind == "private":
            name = f"{host.service}.names"
            spec["exportTo"] = ["."]
        else:
            spec["exportTo"] = sorted(plan.environments[one].namespace for one in host.seen_from)
        if host.requests:
            spec["http"] = [entry for part in host.requests for entry in _http(plan, part)]
        if host.connections:
            spec["tcp"] = list(_tcp(plan, host))
        yield new_object(plan, NETWORKING, "VirtualService", name, namespace, wave, spec)

    def reads(self, host: VirtualHost) -> object:
        """Of the lanes of a service that there are some: what they get stands elsewhere."""
        parts = [
            part._replace(lanes=part.lanes and part.lanes._replace(routes=(), seen_from=()))
            for part in host.requests
        ]
        return host._replace(requests=tuple(parts))

    def shared(self, lanes: Lanes) -> Iterator[Object]:
        """The VirtualService that those of environments delegate to."""
        plan, named = self.plan, _delegate(self.plan, lanes)
        near = [one for one in lanes.seen_from if one in plan.residents]
        spaces = {plan.environments[one].namespace for one in near}
        if len(plan.residents) < len(plan.environments):
            spaces.add(plan.platform.ingress.namespace)  # where hosts of other clusters delegate
        spec = {
            "exportTo": sorted(spaces),
            "http": [entry for route in lanes.routes for entry in _entries(plan, lanes, route)],
        }
        kind, name, namespace = "VirtualService", named["name"], named["namespace"]
        yield new_object(plan, NETWORKING, kind, name, namespace, objects.NAMES, spec)


def _delegate(plan: Plan, lanes: Lanes) -> dict[str, str]:
    """Named by the platform: several may share a gateway's namespace."""
    port = f".{lanes.port}" if lanes.port else ""
    name = f"{plan.platform.name}.{lanes.service}{port}"
    return {"name": name, "namespace": plan.platform.ingress.namespace}


def _http(plan: Plan, part: Requests) -> Iterator[Body]:
    """The lanes, and what all else gets. At a gateway entries ask for a way's path as well."""
    way, answer = part.way, part.otherwise.answer
    path = {"match": [_path(way)]} if way else {}
    rewritten = traffic.rewritten(way) if way and way.rewrite else {}
    if part.lanes:
        yield path | rewritten | {"delegate": _delegate(plan, part.lanes)}
    does = _does(plan, part.service, part.otherwise, way.port if way else None)
    if isinstance(answer, NoAnswer):
        rewritten = {}
    told = _told(plan.platform.mesh.header, part.otherwise.asleep)
    yield {"name": "default"} | path | rewritten | does | told


def _entries(plan: Plan, lanes: Lanes, route: Route) -> Iterator[Body]:
    header = plan.platform.mesh.header
    for names in chunks(route.lanes):
        part = route
        if isinstance(route.answer, NoAnswer):
            part = route._replace(answer=route.answer._replace(lanes=names))
        yield {
            "name": str(route.unit or "nobody"),
            "match": [{"headers": {header: colour(names, whole=route.match.whole)}}],
            **_does(plan, lanes.service, part, lanes.port),
            **_told(header, route.asleep),
        }


def _told(header: str, asleep: Unit | None) -> Body:
    """A response says that another unit would have answered if it did not sleep."""
    return {"headers": {"response": {"set": {f"{header}-asleep": str(asleep)}}}} if asleep else {}


def _path(way: Way | None) -> Body:
    return {"uri": {"exact" if way.exact else "prefix": way.path}} if way else {}


def colour(lanes: Sequence[str], *, whole: bool = False) -> dict[str, str]:
    """A header match for one lane or any of several, `whole` with all branches. Names are DNS
    labels and '/', so nothing needs an escape, and Envoy's regular expressions match the whole
    value."""
    any_of = "|".join(lanes)
    if whole:
        return {"regex": (f"(?:{any_of})" if len(lanes) > 1 else any_of) + f"(?:/{BRANCH})?"}
    return {"exact": any_of} if len(lanes) == 1 else {"regex": any_of}


def chunks(lanes: tuple[str, ...], longest: int = LONGEST_REGEX) -> tuple[tuple[str, ...], ...]:
    """Lanes, by those that share a match of so many characters; none where there are none."""
    shared: list[list[str]] = []
    length = longest
    for lane in lanes:
        if length + len(lane) >= longest:
            shared.append([])
            length = 0
        shared[-1].append(lane)
        length += len(lane) + 1
    return tuple(map(tuple, shared))


def _does(plan: Plan, service: str, route: Route, port: int | None) -> Body:
    """What an entry does: it refuses, or sends to a unit; in the mesh to the port that was
    dialled. A unit that sleeps gets nothing, and stands here all the same: a proxy that is told of
    a destination by the route that leads there has none for some milliseconds (503)."""
    if isinstance(answer := route.answer, NoAnswer):
        return {"directResponse": {"status": answer.status, "body": {"string": answer.body}}}
    led: list[Body] = [{"destination": _destination(plan, service, answer, port)}]
    if route.asleep:
        sleeping = _destination(plan, service, route.asleep, port)
        led = [led[0] | {"weight": 100}, {"destination": sleeping, "weight": 0}]
    return {"route": led} | traffic.of_requests(plan.services[service].traffic)


def _destination(plan: Plan, service: str, unit: Unit, port: int | None) -> Body:
    host = {"host": plan.kubernetes_host(service, unit)}
    return host if port is None else {**host, "port": {"number": port}}


def _tcp(plan: Plan, host: VirtualHost) -> Iterator[Body]:
    """An entry of each route for each port of raw TCP."""
    service = str(host.service)
    ports = [port.port for port in plan.services[service].ports if not port.has_headers]
    for route in host.connections:
        if (unit := route.unit) is None:
            continue
        for port in ports:
            destination = {"host": plan.kubernetes_host(service, unit), "port": {"number": port}}
            match = {"port": port} | _source(route.match.caller)
            yield {"match": [match], "route": [{"destination": destination}]}


def _source(caller: Unit | None) -> Body:
    if caller is None:
        return {}
    return {"sourceLabels": {"gen/environment": caller.environment, "gen/branch": caller.label}}
