"""Ways in: what Ingresses, and Services that are open to the outside, let in becomes `entry`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption.group import Group, Grouped
from generator.adoption.items import Item
from generator.adoption.ports import Port
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import mapping, numbered
from generator.vocabulary.source import Route

_OPEN = ("LoadBalancer", "NodePort")


@dataclass(slots=True)
class Ways:
    """Entries by service, in order, and the hosts on which requests come in."""

    of: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)
    found: tuple[Finding, ...] = ()

    def add(self, service: str, entry: dict[str, str]) -> None:
        there = self.of.setdefault(service, [])
        if entry not in there:
            there.append(entry)


def ways(
    items: Iterable[Item],
    made: Grouped,
    ports: Mapping[str, list[Port]],
    calls: Mapping[str, Iterable[str]],
) -> Ways:
    """What lets requests in from outside."""
    into = Ways()
    into.found = tuple(_ways(list(items), made, ports, calls, into))
    return into


def _ways(
    items: list[Item],
    made: Grouped,
    ports: Mapping[str, list[Port]],
    calls: Mapping[str, Iterable[str]],
    into: Ways,
) -> Iterator[Finding]:
    known = {one.name: one for one in made.groups}
    for item in items:
        if item.kind == "Ingress":
            yield from _ingress(item, known, ports, into)
    if not into.of:
        yield from _opened(items, made, ports, calls, into)


def _ingress(
    item: Item, known: Mapping[str, Group], ports: Mapping[str, list[Port]], into: Ways
) -> Iterator[Finding]:
    for number, rule in numbered(item.data, "spec", "rules"):
        host = rule.get("host")
        if isinstance(host, str) and names.matches(names.HOST, host) and host not in into.hosts:
            into.hosts.append(host)
        for index, path in numbered(rule, "http", "paths"):
            route: Route = ("spec", "rules", number, "http", "paths", index)
            yield from _path(item, route, path, known, ports, into)
    backend = item.says("spec", "defaultBackend") or item.says("spec", "backend")
    if isinstance(backend, dict):
        route = ("spec", "defaultBackend" if item.says("spec", "defaultBackend") else "backend")
        yield from _path(item, route, {"path": "/", "backend": backend}, known, ports, into)


def _path(
    item: Item,
    route: Route,
    path: Mapping[str, Any],
    known: Mapping[str, Group],
    ports: Mapping[str, list[Port]],
    into: Ways,
) -> Iterator[Finding]:
    service, port = _backend(path.get("backend"))
    text = str(path.get("path") or "/")
    exact = path.get("pathType") == "Exact"
    wrong = None
    if service not in known:
        wrong = f"there is no service {service[:60]} here"
    elif not names.matches(names.PREFIX, text):
        wrong = f"`{text[:60]}` is not a plain path"
    elif not _speaks(ports.get(service, ()), port):
        wrong = f"{service} has no port {port} that speaks HTTP"
    elif any("rewrite" in key or "snippet" in key for key in item.annotations):
        wrong = f"it rewrites {text[:60]}"
    if wrong is not None:
        yield _unsaid(item, route, wrong)
        if service not in known or not _speaks(ports.get(service, ()), port):
            return
        if not names.matches(names.PREFIX, text):
            return
    entry = {"exact" if exact else "prefix": text}
    named = next((one.name for one in ports[service] if port in (one.name, one.port)), None)
    if named and named != _first(ports[service]):
        entry["port"] = named
    into.add(service, entry)


def _unsaid(item: Item, route: Route, why: str) -> Finding:
    return Finding(
        "GEN610",
        item.place(*route),
        f"this way in of {item.called} is not what `entry` says: {why}",
        "write it as `entry` of the service (prefix, exact, rewrite), or keep the Ingress apart",
    )


def _backend(backend: Any) -> tuple[str, str | int | None]:
    """The service, and its port by name or number."""
    if not isinstance(backend, dict):
        return "", None
    service = backend.get("service")
    if isinstance(service, dict):
        port = mapping(service, "port")
        return str(service.get("name")), port.get("name") or port.get("number")
    return str(backend.get("serviceName")), backend.get("servicePort")


def _first(ports: Iterable[Port]) -> str | None:
    return next((port.name for port in ports if port.known.protocol != "tcp"), None)


def _speaks(ports: Iterable[Port], port: str | int | None) -> bool:
    return any(one.known.protocol != "tcp" and port in (None, one.name, one.port) for one in ports)


def _opened(
    items: Iterable[Item],
    made: Grouped,
    ports: Mapping[str, list[Port]],
    calls: Mapping[str, Iterable[str]],
    into: Ways,
) -> Iterator[Finding]:
    """The one service that is open to the outside takes all paths; of several, the one in front of
    the others, if it is one."""
    doors = list(dict.fromkeys(_doors(items, made)))
    web = [(item, name) for item, name in doors if _first(ports.get(name, ()))]
    services = {name for _, name in web}
    behind = {callee for name in services for callee in _behind(name, calls) if callee != name}
    first = services - behind
    if len(first) == 1:
        into.add(next(iter(first)), {"prefix": "/"})
    for item, name in web if len(services) > 1 else ():
        if name not in into.of:
            yield _undivided(item, name, len(services), into)


def _undivided(item: Item, name: str, count: int, into: Ways) -> Finding:
    taken = f"; all are taken for those of {next(iter(into.of))[:60]}" if into.of else ""
    return Finding(
        "GEN610",
        item.place("spec", "type"),
        f"{count} services are open to the outside, and nobody says which paths are those of "
        f"{name}{taken}",
        f"write `entry: [{{prefix: /…}}]` for {name}, or leave it closed",
        about=name,
    )


def _behind(name: str, calls: Mapping[str, Iterable[str]]) -> set[str]:
    """All that a service calls in the end."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        new = set(calls.get(ahead.pop(), ())) - seen
        seen |= new
        ahead += new
    return seen


def _doors(items: Iterable[Item], made: Grouped) -> Iterator[tuple[Item, str]]:
    of = {}
    for one in made.groups:
        for service in (one.front, *one.services):
            if service is not None:
                of[service] = one.name
    selectors = {one.name: one for one in made.groups}
    for item in items:
        if item.kind != "Service" or item.says("spec", "type") not in _OPEN:
            continue
        if item in of:
            yield item, of[item]
            continue
        for name, one in selectors.items():
            if one.front and one.front.says("spec", "selector") == item.says("spec", "selector"):
                yield item, name
