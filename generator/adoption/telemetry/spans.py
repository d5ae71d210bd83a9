"""Spans of OpenTelemetry (OTLP as JSON) and Jaeger: a server's span below a client's of another
service is a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.adoption.telemetry.evidence import MOST_COLOUR, Evidence, Who, Window
from generator.vocabulary.nodes import below, mappings

MOST_OPEN = 40_000  # spans whose trace may still grow
_SERVER, _CLIENT = "server", "client"
_KINDS = {
    **dict.fromkeys((2, "2", "SPAN_KIND_SERVER", "server"), _SERVER),
    **dict.fromkeys((3, "3", "SPAN_KIND_CLIENT", "client"), _CLIENT),
}
_MOST_UP = 64  # spans between a call and the request that it is made for


class Span(NamedTuple):
    """A span; `kind` is empty for what is within a service."""

    id: str
    parent: str
    service: str | None
    kind: str
    colour: str | None


class Spans:
    """Spans, joined trace by trace. `header` carries the colour."""

    def __init__(self, seen: Evidence, who: Who, header: str) -> None:
        self._seen = seen
        self._who = who
        lower = header.lower()
        self._keys = (
            f"http.request.header.{lower}",
            f"http.request.header.{lower.replace('-', '_')}",
            lower,
            lower.replace("-", "_"),
        )
        self._window: Window[Span] = Window(self._trace, MOST_OPEN)

    def otlp(self, said: Mapping[str, Any]) -> bool:
        """Whether it is what a collector writes."""
        resources = said.get("resourceSpans")
        if not isinstance(resources, list):
            return False
        for resource in mappings(resources):
            attributes = _attributes(below(resource, "resource", "attributes"))
            name = attributes.get("service.name")
            service = self._who.workload(name)
            if not self._who.is_near(attributes.get("k8s.namespace.name")):
                service, name = None, f"{name} in {attributes['k8s.namespace.name']}"
            scopes = resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")
            for scope in mappings(scopes):
                for span in mappings(scope, "spans"):
                    self._otlp(span, service, name)
        return True

    def _otlp(self, span: Mapping[str, Any], service: str | None, name: Any) -> None:
        self._seen.kinds["spans of OpenTelemetry"] += 1
        if service is None and isinstance(name, str):
            self._seen.stranger(name)
        kind = span.get("kind")
        made = Span(
            str(span.get("spanId"))[:64],
            str(span.get("parentSpanId") or "")[:64],
            service,
            _KINDS.get(kind, "") if isinstance(kind, str | int) else "",
            self._colour(_attributes(span.get("attributes"))),
        )
        self._window.add(str(span.get("traceId"))[:64], made)

    def jaeger(self, trace: Mapping[str, Any]) -> bool:
        """Whether it is a trace of Jaeger's."""
        spans, processes = trace.get("spans"), trace.get("processes")
        if not isinstance(spans, list) or not isinstance(processes, dict):
            return False
        for span in mappings(spans):
            self._seen.kinds["spans of Jaeger"] += 1
            name = below(processes, str(span.get("processID")), "serviceName")
            service = self._who.workload(name)
            if service is None and isinstance(name, str):
                self._seen.stranger(name)
            tags = {str(tag.get("key")): tag.get("value") for tag in mappings(span.get("tags"))}
            kind = tags.get("span.kind")
            made = Span(
                str(span.get("spanID"))[:64],
                _parent(span),
                service,
                _KINDS.get(kind, "") if isinstance(kind, str) else "",
                self._colour(tags),
            )
            self._window.add(str(span.get("traceID") or trace.get("traceID"))[:64], made)
        return True

    def _colour(self, attributes: Mapping[str, Any]) -> str | None:
        for key in self._keys:
            value = attributes.get(key)
            if isinstance(value, list) and value:
                value = value[0]
            if isinstance(value, str) and value:
                return value[:MOST_COLOUR]
        return None

    def _trace(self, spans: list[Span]) -> None:
        """All spans of one trace that were in sight together."""
        by_id = {span.id: span for span in spans}
        for span in spans:
            above = by_id.get(span.parent)
            if span.kind != _SERVER or span.service is None or above is None:
                continue
            if above.service is not None and (
                above.service != span.service or above.kind == _CLIENT
            ):
                self._call(above.service, span.service, above, span, by_id)

    def _call(
        self, caller: str, callee: str, above: Span, span: Span, by_id: Mapping[str, Span]
    ) -> None:
        self._seen.calls[caller, callee] += 1
        request: Span | None = above
        for _ in range(_MOST_UP):
            if request is None or (request.kind == _SERVER and request.service == caller):
                break
            request = by_id.get(request.parent)
            if request is not None and request.service != caller:
                request = None
        if request is None or request.kind != _SERVER:
            self._seen.alone[caller] += 1
        elif request.colour:
            self._seen.colour((caller, callee), request.colour, span.colour or above.colour)

    def close(self) -> None:
        self._window.close()


def _parent(span: Mapping[str, Any]) -> str:
    for reference in mappings(span.get("references")):
        if reference.get("refType") == "CHILD_OF":
            return str(reference.get("spanID"))[:64]
    return str(span.get("parentSpanID") or "")[:64]


def _attributes(listed: Any) -> dict[str, Any]:
    return {str(one.get("key")): _value(one.get("value")) for one in mappings(listed)}


def _value(said: Any) -> Any:
    """An attribute's text, or its list of texts."""
    if not isinstance(said, dict):
        return None
    listed = said.get("arrayValue")
    if isinstance(listed, dict):
        return [each.get("stringValue") for each in mappings(listed.get("values"))]
    return said.get("stringValue")
