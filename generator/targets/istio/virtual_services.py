"""Routes → VirtualServices: the entries of the plan, each in as few matches as Istio can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from generator.plan.hosts import Requests, VirtualHost
from generator.plan.plan import Plan
from generator.plan.routes import NoAnswer
from generator.plan.services import Traffic, Way
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.istio import LONGEST_REGEX, traffic
from generator.targets.objects import NETWORKING, Object, new_object
from generator.targets.target import RoutePrinter
from generator.targets.yaml_text import Shared

Body = dict[str, Any]


class VirtualServices(RoutePrinter):
    standing = frozenset({("networking.istio.io", "VirtualService")})

    def objects(self, host: VirtualHost) -> Iterator[Object]:
        """The VirtualService of names of one kind in an environment."""
        plan, name, wave = self.plan, str(host.service), objects.ROUTES
        ingress, namespace = plan.platform.ingress, plan.environments[host.environment].namespace
        spec: Body = {"hosts": list(host.names)}
        if host.kind == "ingress":
            name, wave = "gen.hosts", objects.EDGE
            spec["gateways"] = [f"{ingress.namespace}/{plan.platform.name}"]
            spec["exportTo"] = [ingress.namespace]
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


def _http(plan: Plan, part: Requests) -> Iterator[Body]:
    """At a gateway entries ask for a way's path as well and say the destination's port; in the mesh
    it is the one that was dialled."""
    header, carried = plan.platform.mesh.header, plan.services[part.service].traffic
    for route in part.routes:
        does: str | NoAnswer = (
            route.answer
            if isinstance(route.answer, NoAnswer)
            else plan.kubernetes_host(part.service, route.answer)
        )
        name = str(route.unit or "nobody")
        if not route.lanes:
            does_it = _does(does, part.way, carried)
            yield _default(part.way) | does_it | _told(header, route.asleep)
        for lanes in _chunks(route.lanes):
            yield _entry(header, lanes, name, does, part.way, carried, route.asleep)


@lru_cache(maxsize=1 << 16)  # the entries of a service are the same in almost every environment
def _entry(
    header: str,
    lanes: tuple[str, ...],
    name: str,
    does: str | NoAnswer,
    way: Way | None,
    carried: Traffic | None,
    asleep: Unit | None,
) -> Body:
    match = _path(way) | {"headers": {header: colour(lanes)}}
    if isinstance(does, NoAnswer):
        does = does._replace(lanes=lanes)
    entry = {"name": name, "match": [match]} | _does(does, way, carried)
    return Shared(entry | _told(header, asleep))


def _told(header: str, asleep: Unit | None) -> Body:
    """A response says that another unit would have answered if it did not sleep."""
    return {"headers": {"response": {"set": {f"{header}-asleep": str(asleep)}}}} if asleep else {}


def _default(way: Way | None) -> Body:
    return {"name": "default"} | ({"match": [_path(way)]} if way else {})


def _path(way: Way | None) -> Body:
    return {"uri": {"exact" if way.exact else "prefix": way.path}} if way else {}


def colour(lanes: Sequence[str]) -> dict[str, str]:
    """A header match for one lane or any of several. Names are DNS labels and '/', so nothing needs
    an escape, and Envoy's regular expressions match the whole value."""
    return {"exact": lanes[0]} if len(lanes) == 1 else {"regex": "|".join(lanes)}


@lru_cache(maxsize=1 << 14)  # a service's lanes are the same in almost every environment
def _chunks(lanes: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Lanes, by those that share a match; none where there are none."""
    chunks: list[list[str]] = []
    length = LONGEST_REGEX
    for lane in lanes:
        if length + len(lane) >= LONGEST_REGEX:
            chunks.append([])
            length = 0
        chunks[-1].append(lane)
        length += len(lane) + 1
    return tuple(map(tuple, chunks))


def _does(does: str | NoAnswer, way: Way | None, carried: Traffic | None) -> Body:
    """What an entry does: it sends to a host, or refuses."""
    if isinstance(does, NoAnswer):
        return {"directResponse": {"status": does.status, "body": {"string": does.body}}}
    destination: Body = {"host": does}
    if way is not None:
        destination["port"] = {"number": way.port}
    rewritten = traffic.rewritten(way) if way and way.rewrite else {}
    return rewritten | {"route": [{"destination": destination}]} | traffic.of_requests(carried)


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
