"""Access logs of Envoys, as JSON or as Istio writes text: a line of a caller's proxy is a call; a
line of the callee's tells with which colour it was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.adoption.telemetry.evidence import MOST_COLOUR, Evidence, Who, Window
from generator.vocabulary.nodes import mapping

MOST_OPEN = 60_000  # lines whose request may still be told of
MOST_TEXT = 256 * 1024  # characters of a line as text; proxies take no headers as long
# `[pod/web-5d4f/istio-proxy] `, as `kubectl logs --prefix` writes it; the time that `--timestamps`
# puts there, and what a container's log on a node has in its place.
_PREFIX = re.compile(
    r"(?:\[pod/(?P<pod>[a-z0-9.-]{1,253})/[a-z0-9.-]{1,63}\] ?)?"
    r"(?:\d{4}-\d\d-\d\dT[0-9:.+-]{8,30}Z? (?:std(?:out|err) [FP] )?)?"
)
# Istio's default: what stands in quotes, and what follows them.
_ISTIO = re.compile(
    r'\[[0-9TZ:.+-]{10,40}\] "(?:[^"\\]|\\.)*" \d+ .*"(?P<id>[^"]*)" "(?P<authority>[^"]*)" '
    r'"[^"]*" (?P<cluster>[^\s"]+)(?: |$)'
)
# Envoy's own default ends where Istio's names the cluster.
_ENVOY = re.compile(r'\[[0-9TZ:.+-]{10,40}\] "(?:[^"\\]|\\.)*" \d+ .*"[^"]*" "[^"]*" "[^"]*"$')
_UNTOLD = "lines of Envoy's own format, which name no cluster: log %UPSTREAM_CLUSTER% too"
_WHOSE = "lines that do not say whose proxy wrote them: `kubectl logs --prefix` does"
# Istio's second name of a cluster, which `%UPSTREAM_CLUSTER%` is, ends in a semicolon.
_CLUSTER = re.compile(
    r"(?P<way>inbound|outbound)(?:_\.[\w.]*)?\|(?P<port>\d*)\|[^|]*\|(?P<host>[^;]*);?"
)
_IDS = ("request_id", "x-request-id", "x_request_id", "requestId", "trace_id", "traceId")
_CLUSTERS = ("upstream_cluster", "upstreamCluster", "cluster")
_HOSTS = ("authority", "host", ":authority", "requested_host")
_PODS = ("pod", "pod_name", "podName", "service", "workload", "source_workload", "app", "node_id")


def prefixed(line: str) -> tuple[str | None, str]:
    """The pod that a line says it is of, and what that pod wrote."""
    prefix = _PREFIX.match(line)
    return (prefix["pod"], line[prefix.end() :]) if prefix else (None, line)


class Line(NamedTuple):
    """What a line says. `service` is whose proxy wrote it; an `out` is a call to `callee`."""

    service: str
    out: bool
    callee: str
    colour: str | None


class Logs:
    """Lines of access logs. `origin` is whose they are if no line says so, `header` carries the
    colour."""

    def __init__(self, seen: Evidence, who: Who, header: str) -> None:
        self._seen = seen
        self._who = who
        self._keys = (header, header.replace("-", "_"), "lane", "colour", "color")
        self._window: Window[Line] = Window(self._joined, MOST_OPEN)

    def text(self, line: str, origin: str | None) -> bool:
        """Whether it is a line of Istio's; the colour does not stand there."""
        if len(line) > MOST_TEXT:
            return False
        match = _ISTIO.match(line)
        if match is None:
            if _ENVOY.match(line) is None:
                return False
            self._seen.unread[_UNTOLD] += 1
            return True
        self._add(origin, match["cluster"], match["authority"], match["id"], None)
        self._seen.kinds["lines of Istio's text log"] += 1
        return True

    def json(self, said: Mapping[str, Any], origin: str | None) -> bool:
        """Whether it is a line of an Envoy."""
        cluster = _first(said, _CLUSTERS)
        if not isinstance(cluster, str):  # a request that no route took has none
            return cluster is None and any(key in said for key in _CLUSTERS)
        pod = _first(said, _PODS) or _first(mapping(said, "kubernetes"), _PODS) or origin
        if isinstance(pod, str) and "~" in pod:  # sidecar~10.0.0.1~web-5d4f.shop~shop.svc…
            pod = [*pod.split("~"), "", ""][2]
        colour = _first(said, self._keys)
        self._add(
            pod,
            cluster,
            _first(said, _HOSTS),
            _first(said, _IDS),
            colour[:MOST_COLOUR] if isinstance(colour, str) else None,
        )
        self._seen.kinds["lines of Envoys' JSON logs"] += 1
        return True

    def _add(self, pod: Any, cluster: str, authority: Any, request: Any, colour: Any) -> None:
        match = _CLUSTER.fullmatch(cluster)
        if match is None:  # a passthrough, a black hole, or a listener without a cluster
            return
        service = self._who.workload(pod)
        if match["way"] == "inbound":
            service = service or self._who.host(authority)
            if service is not None and request not in (None, "", "-"):
                self._window.add(str(request)[:200], Line(service, False, service, colour))
            return
        if pod is None:
            self._seen.unread[_WHOSE] += 1
            return
        callee = self._who.host(match["host"]) or self._who.host(authority)
        if service is None or callee is None:
            self._seen.stranger(str(pod if service is None else match["host"]))
            return
        self._seen.calls[service, callee] += 1
        if request in (None, "", "-"):
            self._seen.alone[service] += 1
        else:
            self._window.add(str(request)[:200], Line(service, True, callee, colour))

    def _joined(self, lines: list[Line]) -> None:
        """All lines of one request."""
        asked: dict[str, set[str | None]] = {}
        for line in lines:
            if not line.out:
                asked.setdefault(line.service, set()).add(line.colour)
        for line in lines:
            colours = asked.get(line.service, set())
            if line.out and len(colours) == 1 and (colour := next(iter(colours))):
                self._seen.colour((line.service, line.callee), colour, line.colour)
            elif line.out and len(colours) != 1:  # nobody tells for which of several it was made
                self._seen.alone[line.service] += 1

    def close(self) -> None:
        self._window.close()


def _first(said: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((said[key] for key in keys if said.get(key) not in (None, "", "-")), None)
