"""What a cluster has once: ports of its nodes, addresses, volumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.images import CONTAINERS
from generator.manifests.workloads import pod_of
from generator.vocabulary.nodes import numbered
from generator.vocabulary.source import Route


def wanted(document: Mapping[str, Any]) -> Iterator[tuple[str, Route]]:
    """What an object wants of that kind, and where it says so."""
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return
    kind = document["kind"]
    if kind == "Service":
        if spec.get("clusterIP") not in (None, "", "None"):
            yield f"the address {str(spec['clusterIP'])[:60]}", ("spec", "clusterIP")
        yield from _ports(spec, ("spec",), "nodePort", "the port {} of all nodes")
    elif kind == "PersistentVolumeClaim" and spec.get("volumeName"):
        yield f"the volume {str(spec['volumeName'])[:60]}", ("spec", "volumeName")
    elif (pod := pod_of(document)) is not None:
        for group in CONTAINERS:
            for index, container in numbered(document, *pod, group):
                route: Route = (*pod, group, index)
                yield from _ports(container, route, "hostPort", "the port {} of a node")


def _ports(node: Any, route: Route, key: str, what: str) -> Iterator[tuple[str, Route]]:
    for index, port in numbered(node, "ports"):
        if port.get(key):
            yield what.format(str(port[key])[:10]), (*route, "ports", index, key)
