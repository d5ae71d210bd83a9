"""Graphs that somebody has counted already: Prometheus' answers for `istio_requests_total`, and
Kiali's. They say who calls whom, and nothing of single requests."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from generator.adoption.telemetry.evidence import Call, Evidence, Who
from generator.vocabulary.nodes import below, listed

_NOBODY = ("", "unknown", "PassthroughCluster", "BlackHoleCluster")
_REPORTERS = ("source", "destination", "waypoint")


class Series:
    """Series of requests. Both reporters tell of one request: the one that saw more is right."""

    def __init__(self, seen: Evidence, who: Who) -> None:
        self._seen = seen
        self._who = who
        self._by: dict[Any, Counter[Call]] = {}

    def add(self, one: Mapping[str, Any]) -> bool:
        """Whether it is a series."""
        labels = one.get("metric")
        if not isinstance(labels, dict):
            return False
        self._seen.kinds["series of Prometheus"] += 1
        source = labels.get("source_canonical_service") or labels.get("source_workload")
        target = labels.get("destination_service_name") or labels.get("destination_workload")
        target = target or labels.get("destination_service")
        count = _count(one)
        if source in _NOBODY or target in _NOBODY or not count:
            return True
        near = self._who.is_near(labels.get("source_workload_namespace"))
        caller, callee = self._who.workload(source) if near else None, self._who.host(target)
        if not self._who.is_near(labels.get("destination_service_namespace")):
            callee = None
        if caller is None or callee is None:
            self._seen.stranger(str(source if caller is None else target))
        else:
            reporter = labels.get("reporter")
            known = reporter if reporter in _REPORTERS else "source"
            self._by.setdefault(known, Counter())[caller, callee] += count
        return True

    def close(self) -> None:
        most: Counter[Call] = Counter()
        for counted in self._by.values():
            most |= counted
        self._seen.calls += most
        self._by.clear()


def _count(one: Mapping[str, Any]) -> int:
    """The requests of a series: its last value."""
    values = one.get("values")
    pair = values[-1] if isinstance(values, list) and values else one.get("value")
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str | int | float):
        return 0
    try:
        number = float(pair[1])
    except ValueError:
        return 0
    return math.ceil(number) if math.isfinite(number) and 0 < number < 1e18 else 0


def kiali(seen: Evidence, who: Who, said: Mapping[str, Any]) -> bool:
    """Whether it is a graph of Kiali's."""
    elements = said.get("elements")
    if not isinstance(elements, dict) or not isinstance(elements.get("nodes"), list):
        return False
    nodes = {}
    for node in elements["nodes"]:
        data = below(node, "data")
        if isinstance(data, dict):
            nodes[str(data.get("id"))] = data
    for edge in listed(elements, "edges"):
        data = below(edge, "data")
        if not isinstance(data, dict):
            continue
        seen.kinds["edges of Kiali"] += 1
        source, target = nodes.get(str(data.get("source"))), nodes.get(str(data.get("target")))
        if source is None or source.get("nodeType") == "service":
            continue  # whoever calls the Service has an edge to it
        caller, callee = _node(who, source), _node(who, target)
        if caller is not None and callee is not None:
            seen.calls[caller, callee] += 1
    return True


def _node(who: Who, data: Any) -> str | None:
    if not isinstance(data, dict) or not who.is_near(data.get("namespace")):
        return None
    for key in ("service", "app", "workload"):
        if data.get(key) not in (None, *_NOBODY):
            return who.host(data[key]) if key == "service" else who.workload(data[key])
    return None
