"""Random call graphs, and what each kind of source would tell of requests through them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generator.adoption.telemetry.evidence import Evidence, Who
from generator.adoption.telemetry.reader import Telemetry
from generator.manifests.callees import Names, domains

HEADER = "x-lane"
NAMESPACE = "shop-test"
Edge = tuple[str, str]


@dataclass
class Hop:
    """A request that reached a service, and the calls made for it."""

    service: str
    colour: str | None
    calls: list[Hop] = field(default_factory=list)


@dataclass
class Graph:
    """Who calls whom, and with which chance a service loses the colour."""

    edges: set[Edge]
    loses: dict[str, float]
    traces: list[Hop] = field(default_factory=list)

    @property
    def services(self) -> list[str]:
        return sorted(self.loses)


def draw(seed: int, requests: int = 120) -> Graph:
    chance = random.Random(seed)
    names = ["web", "web-api", "cart", "cart-db", "prices", "stock", "mail", "search"]
    names = names[: chance.randint(3, 8)]
    edges = {(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if chance.random() < 0.5}
    edges.add((names[0], names[1]))
    graph = Graph(edges, {name: chance.choice([0.0, 0.0, 1.0, 0.3]) for name in names})
    for _ in range(requests):
        graph.traces.append(_hop(graph, names[0], chance.choice(["test/login", "test"]), chance))
    seen = {edge for trace in graph.traces for edge in _edges(trace)}
    graph.edges = seen
    return graph


def _hop(graph: Graph, service: str, colour: str | None, chance: random.Random) -> Hop:
    hop = Hop(service, colour)
    for _, callee in sorted(edge for edge in graph.edges if edge[0] == service):
        if chance.random() < 0.6:
            kept = colour if chance.random() >= graph.loses[service] else None
            hop.calls.append(_hop(graph, callee, kept, chance))
    return hop


def _edges(hop: Hop) -> list[Edge]:
    below = [edge for call in hop.calls for edge in _edges(call)]
    return [(hop.service, call.service) for call in hop.calls] + below


def told(graph: Graph, kind: str) -> dict[str, tuple[int, int]]:
    """Service → joined calls and lost ones, as far as a source can tell. The id of a request does
    not say for which of two requests of one id a call was made."""
    made: dict[str, tuple[int, int]] = {}
    for trace in graph.traces:
        hops = list(_hops(trace))
        for hop in hops:
            colours = {other.colour for other in hops if other.service == hop.service}
            if hop.colour is None or ("json" in kind and len(colours) > 1):
                continue
            for call in hop.calls:
                joined, lost = made.get(hop.service, (0, 0))
                made[hop.service] = (joined + 1, lost + (call.colour is None))
    return made


def _hops(hop: Hop) -> Iterator[Hop]:
    yield hop
    for call in hop.calls:
        yield from _hops(call)


def who(graph: Graph) -> Who:
    ports = {name: {8080} for name in graph.services}
    names = Names(ports, {}, frozenset({NAMESPACE}), frozenset(), domains("cluster.local"))
    return Who(names)


def read(graph: Graph, text: str) -> Evidence:
    telemetry = Telemetry(who(graph), HEADER)
    if text.startswith("{\n"):
        pieces = (text[at : at + 1000] for at in range(0, len(text), 1000))
        assert telemetry.document(pieces) is None
    else:
        for line in text.splitlines():
            telemetry.line(line, None)
    return telemetry.close()


def envoy_json(graph: Graph) -> str:
    """Lines of each proxy; a caller's stands before the callee's."""
    lines: list[dict[str, Any]] = []
    for number, trace in enumerate(graph.traces):
        lines += _lines(trace, f"id-{number}")
    return "".join(json.dumps(line) + "\n" for line in lines)


def _lines(hop: Hop, request: str) -> list[dict[str, Any]]:
    made = [_line(hop.service, "inbound|8080||", hop.service, request, hop.colour)]
    for call in hop.calls:
        cluster = f"outbound|8080||{call.service}-baseline.{NAMESPACE}.svc.cluster.local"
        made.append(_line(hop.service, cluster, call.service, request, call.colour))
        made += _lines(call, request)
    return made


def _line(
    service: str, cluster: str, host: str, request: str, colour: str | None
) -> dict[str, Any]:
    return {
        "pod": f"{service}-5d4f7c9b8-x2x4z",
        "upstream_cluster": cluster,
        "authority": f"{host}:8080",
        "request_id": request,
        "x_lane": colour,
        "response_code": 200,
    }


def istio_text(graph: Graph) -> str:
    return "".join(_text(line) for line in map(json.loads, envoy_json(graph).splitlines()))


def _text(line: dict[str, Any]) -> str:
    return (
        f'[pod/{line["pod"]}/istio-proxy] [2026-11-29T21:00:00.000Z] "GET /a?b=\\"c HTTP/1.1" 200 - '
        f'via_upstream - "-" 0 5 1 1 "-" "curl/8" "{line["request_id"]}" "{line["authority"]}" '
        f'"10.0.0.1:8080" {line["upstream_cluster"]} 10.0.0.2:1 10.0.0.1:8080 10.0.0.3:2 - default\n'
    )


def otlp(graph: Graph, *, pretty: bool = False) -> str:
    spans: list[tuple[str, dict[str, Any]]] = []
    for number, trace in enumerate(graph.traces):
        _spans(spans, trace, f"{number:032x}", "")
    random.Random(1).shuffle(spans)
    resources = [
        {
            "resource": {
                "attributes": [
                    _attribute("service.name", service),
                    _attribute("k8s.namespace.name", NAMESPACE),
                ]
            },
            "scopeSpans": [{"spans": [span]}],
        }
        for service, span in spans
    ]
    if pretty:
        return json.dumps({"resourceSpans": resources}, indent=1) + "\n"
    return "".join(json.dumps({"resourceSpans": [one]}) + "\n" for one in resources)


def _attribute(key: str, value: str | None, *, listed: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"stringValue": value}
    return {"key": key, "value": {"arrayValue": {"values": [said]}} if listed else said}


def _spans(spans: list[tuple[str, dict[str, Any]]], hop: Hop, trace: str, parent: str) -> None:
    server = f"{len(spans):016x}"
    colour = (
        [_attribute("http.request.header.x_lane", hop.colour, listed=True)] if hop.colour else []
    )
    spans.append(
        (
            hop.service,
            {
                "traceId": trace,
                "spanId": server,
                "parentSpanId": parent,
                "kind": 2,
                "attributes": colour,
            },
        )
    )
    for call in hop.calls:
        inner, client = f"{len(spans):016x}", f"{len(spans) + 1:016x}"
        spans.append(
            (hop.service, {"traceId": trace, "spanId": inner, "parentSpanId": server, "kind": 1})
        )
        spans.append(
            (
                hop.service,
                {
                    "traceId": trace,
                    "spanId": client,
                    "parentSpanId": inner,
                    "kind": "SPAN_KIND_CLIENT",
                },
            )
        )
        _spans(spans, call, trace, client)


def jaeger(graph: Graph) -> str:
    traces: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, otlp(graph).splitlines()):
        (resource,) = line["resourceSpans"]
        service = resource["resource"]["attributes"][0]["value"]["stringValue"]
        (span,) = resource["scopeSpans"][0]["spans"]
        trace = traces.setdefault(
            span["traceId"], {"traceID": span["traceId"], "spans": [], "processes": {}}
        )
        trace["processes"][service] = {"serviceName": service}
        kind = {2: "server", 1: "internal"}.get(span["kind"], "client")
        tags = [{"key": "span.kind", "type": "string", "value": kind}]
        for said in span.get("attributes", ()):
            (value,) = said["value"]["arrayValue"]["values"]
            tags += [{"key": said["key"], "value": value["stringValue"]}]
        above = (
            [{"refType": "CHILD_OF", "traceID": span["traceId"], "spanID": span["parentSpanId"]}]
            if span["parentSpanId"]
            else []
        )
        trace["spans"].append(
            {
                "traceID": span["traceId"],
                "spanID": span["spanId"],
                "processID": service,
                "references": above,
                "tags": tags,
            }
        )
    return json.dumps({"data": list(traces.values())}, indent=1)


def prometheus(graph: Graph) -> str:
    counts = Counter(edge for trace in graph.traces for edge in _edges(trace))
    result = [
        {
            "metric": {
                "__name__": "istio_requests_total",
                "reporter": reporter,
                "source_workload": f"{caller}-baseline",
                "source_workload_namespace": NAMESPACE,
                "destination_service_name": callee,
                "destination_service_namespace": NAMESPACE,
                "response_code": code,
            },
            "value": [1.5, value],
        }
        for (caller, callee), count in sorted(counts.items())
        for reporter in ("source", "destination")
        for code, value in (("200", str(count - 0.5)), ("503", "NaN"))
    ]
    unknown = {
        "metric": {"source_workload": "unknown", "destination_service_name": "web"},
        "value": [1, "9"],
    }
    other = {
        "metric": {
            "source_workload": "web",
            "source_workload_namespace": "other",
            "destination_service_name": "cart",
        },
        "value": [1, "9"],
    }
    return (
        json.dumps(
            {
                "status": "success",
                "data": {"resultType": "vector", "result": [*result, unknown, other]},
            }
        )
        + "\n"
    )


def kiali(graph: Graph) -> str:
    nodes, edges = [], []
    for name in graph.services:
        nodes.append(
            {"data": {"id": f"a-{name}", "nodeType": "app", "namespace": NAMESPACE, "app": name}}
        )
        nodes.append(
            {
                "data": {
                    "id": f"s-{name}",
                    "nodeType": "service",
                    "namespace": NAMESPACE,
                    "service": name,
                }
            }
        )
        edges.append({"data": {"source": f"s-{name}", "target": f"a-{name}"}})
    for caller, callee in sorted(graph.edges):
        edges.append({"data": {"source": f"a-{caller}", "target": f"s-{callee}"}})
    return json.dumps({"timestamp": 1, "elements": {"nodes": nodes, "edges": edges}}, indent=1)


KINDS = {
    "envoy json": envoy_json,
    "istio text": istio_text,
    "otlp": otlp,
    "otlp document": lambda graph: otlp(graph, pretty=True),
    "jaeger": jaeger,
    "prometheus": prometheus,
    "kiali": kiali,
}
JOINING = ("envoy json", "otlp", "otlp document", "jaeger")  # those that tell of the colour
