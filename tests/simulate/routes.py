"""Routes of HTTP as Envoy tries them, made of VirtualServices as Istio makes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulate import Unread, only

Body = dict[str, Any]
Headers = Mapping[str, tuple[str, ...]]  # name in lower case → its lines
# What changes neither who answers nor which colour arrives there.
SILENT = {"name", "timeout", "retries", "rewrite"}
ENTRY = {"match", "route", "directResponse", "delegate", "headers"} | SILENT


@dataclass(frozen=True)
class Caller:
    """What routes ask of who calls: namespace and labels of its pod, and the port that was dialled."""

    namespace: str
    labels: Mapping[str, str]
    port: int


@dataclass(frozen=True)
class Does:
    """What a route does: it sends to a host (and port), or answers itself."""

    host: str | None = None
    port: int | None = None
    status: int = 0
    body: str = ""


@dataclass(frozen=True)
class Path:
    kind: str
    value: str

    def fits(self, path: str) -> bool:
        """Envoy's `path` and `prefix`; an exact path leaves the query aside (Envoy: RouteMatch)."""
        if self.kind == "exact":
            return path.partition("?")[0] == self.value
        return path.startswith(self.value)


@dataclass(frozen=True)
class Value:
    """A header match. Envoy's regular expressions match the whole value (RouteMatch: HeaderMatcher); `{}` is
    presence, in Istio's `translateHeaderMatch`."""

    name: str
    kind: str
    value: str
    regex: re.Pattern[str] | None

    def fits(self, lines: tuple[str, ...], each: bool) -> bool:
        """Up to Envoy 1.38 lines of one name are joined with a comma, from 1.39 on each is asked alone (seen)."""
        if not lines:
            return False
        return any(map(self._one, lines if each else (",".join(lines),)))

    def _one(self, line: str) -> bool:
        if self.kind == "exact":
            return line == self.value
        if self.kind == "prefix":
            return line.startswith(self.value)
        if self.regex is not None:
            return self.regex.fullmatch(line) is not None
        return True


@dataclass(frozen=True)
class Route:
    path: Path | None
    headers: tuple[Value, ...]
    does: Does

    def fits(self, path: str, headers: Headers, each: bool) -> bool:
        """All that a match asks for must fit (VirtualService: HTTPMatchRequest, "AND semantics")."""
        if self.path is not None and not self.path.fits(path):
            return False
        return all(value.fits(headers.get(value.name, ()), each) for value in self.headers)


@dataclass
class VirtualHost:
    """Routes that are tried in their order; the first that fits decides (Envoy: VirtualHost.routes). Whoever takes
    away what stands behind a catch-all, as Istio does, changes nothing."""

    routes: list[Route]
    remembered: dict[Any, Does | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asked = sorted({value.name for route in self.routes for value in route.headers})

    def find(self, path: str, headers: Headers, each: bool) -> Does | None:
        key = (path, each, *(headers.get(name, ()) for name in self.asked))
        if key not in self.remembered:
            fitting = (route.does for route in self.routes if route.fits(path, headers, each))
            self.remembered[key] = next(fitting, None)
        return self.remembered[key]


def routes(entries: Iterable[Body], caller: Caller, gateway: bool) -> Iterator[Route]:
    """Each match of an entry is a route of its own, in the order that is written (`translateRoutes` in
    `networking/core/route/route.go`); an entry without a match fits whatever comes."""
    for entry in entries:
        only(entry, ENTRY, "an http entry")
        if "delegate" in entry:
            continue  # of a delegate: only one level is followed (`mergeVirtualServicesIfNeeded`)
        for match in entry.get("match") or [{}]:
            if applies(match, caller, gateway):
                yield _route(match, _does(entry))


def applies(match: Body, caller: Caller, gateway: bool) -> bool:
    """What a match asks of the caller is known when the proxy is configured: labels of its pod, its namespace, the
    listener's port (`sourceMatchHTTP`, `translateRoute`). A gateway has no source to match."""
    if "port" in match and match["port"] != caller.port:
        return False
    if "sourceNamespace" in match and match["sourceNamespace"] != caller.namespace:
        return False
    wanted = match.get("sourceLabels") or {}
    if wanted and gateway:
        raise Unread("labels of a source at a gateway")
    return wanted.items() <= caller.labels.items()


MATCH = {"headers", "uri", "port", "sourceLabels", "sourceNamespace", "name"}


def _route(match: Body, does: Does) -> Route:
    only(match, MATCH, "a match")
    path = None
    if "uri" in match:
        ((kind, value),) = match["uri"].items()
        if kind not in ("exact", "prefix"):
            raise Unread(f"a path by {kind}")
        path = Path(kind, value)
    return Route(path, tuple(_values(match.get("headers") or {})), does)


def _values(headers: Body) -> Iterator[Value]:
    for name, asked in sorted(headers.items()):
        only(asked, {"exact", "prefix", "regex"}, "a header match")
        kind, value = next(iter(asked.items()), ("present", ""))
        regex = re.compile(value, re.ASCII) if kind == "regex" else None
        yield Value(name.lower(), kind, value, regex)


def _does(entry: Body) -> Does:
    if "directResponse" in entry:
        said = entry["directResponse"]
        return Does(status=said["status"], body=said["body"]["string"])
    only(entry.get("headers") or {}, {"response"}, "headers of an entry")
    # Of several, one without weight gets nothing (`route.go`: "Ignore 0 weighted clusters").
    destinations = [one for one in entry["route"] if one.get("weight") != 0]
    if len(destinations) != 1:
        raise Unread("several destinations")
    only(destinations[0], {"destination", "weight"}, "a destination")
    return destination(destinations[0]["destination"])


def destination(said: Body) -> Does:
    only(said, {"host", "port"}, "a destination")
    return Does(said["host"], (said.get("port") or {}).get("number"))


def merged(root: Body, delegate: list[Body]) -> list[Body]:
    """A root's entry and those of its delegate: what both ask for must fit. An entry of which one match fits into no
    match of the root is left out whole (`model/virtualservice.go:MergeHTTPRoutes`). `headers` of the delegate stand
    instead of the root's."""
    found = []
    above = root.get("match") or []
    for entry in delegate:
        below = entry.get("match") or []
        pairs = [[pair for one in above if (pair := _both(one, other))] for other in below]
        if above and not all(pairs):
            continue
        matches = [pair for some in pairs for pair in some] or below or above
        carried = {"headers": root["headers"]} if "headers" in root else {}
        found.append(carried | entry | ({"match": matches} if matches else {}))
    return found


def _both(root: Body, leaf: Body) -> Body | None:
    """Both matches at once; None where the delegate asks for what the root's does not hold (`hasConflict`)."""
    only(root, MATCH, "a root's match")
    for key in ("port", "sourceNamespace"):
        if key in root and root[key] != leaf.get(key, root[key] if key == "port" else ""):
            return None
    texts = [(root.get("uri"), leaf.get("uri"))]
    for name, asked in (leaf.get("headers") or {}).items():
        texts.append(((root.get("headers") or {}).get(name), asked))
    if any(_conflict(one, other) for one, other in texts):
        return None
    labels = root.get("sourceLabels") or {}
    if any(
        labels.get(key, value) != value for key, value in (leaf.get("sourceLabels") or {}).items()
    ):
        return None
    both = {**root, **leaf}
    for key in ("headers", "sourceLabels"):
        if parts := {**(root.get(key) or {}), **(leaf.get(key) or {})}:
            both[key] = parts
    return both


def _conflict(root: Body | None, leaf: Body | None) -> bool:
    """Whether a delegate's text match is no part of its root's (`stringMatchConflict`)."""
    if root is None or leaf is None:
        return False
    ((kind, wanted),) = root.items() or (("", ""),)
    ((other, value),) = leaf.items() or (("", ""),)
    if kind == "exact":
        return other != "exact" or value != wanted
    if kind == "prefix":
        return other not in ("exact", "prefix") or not value.startswith(wanted)
    return True
