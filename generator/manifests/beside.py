"""Services that a base brings beside the one that gen emits: who stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.manifests.images import without_version
from generator.manifests.walk import Walk
from generator.manifests.workloads import SERVERS
from generator.vocabulary.base import Behind, Beside
from generator.vocabulary.nodes import below, mapping, mappings


def beside(way: Walk, service: str, image: str) -> list[Beside]:
    """The Services of a base but that of its service."""
    pods = [
        mapping(document, "spec", "template")
        for _, document in way.manifests
        if document["kind"] in SERVERS
    ]
    services = []
    for place, document in way.manifests:
        name, spec = document["metadata"]["name"], document.get("spec")
        is_other = document["kind"] == "Service" and document["apiVersion"] == "v1"
        if is_other and name != service and isinstance(spec, dict):
            kind = _kind(spec, pods, image)
            services.append(
                Beside(name, kind, _target_ports(spec, pods), place.at("metadata", "name"))
            )
    return services


def _kind(spec: Mapping[str, Any], pods: list[Mapping[str, Any]], image: str) -> Behind:
    if spec.get("type") == "ExternalName":
        return "alias"
    behind = [pod for pod in pods if _selected(spec, pod)]
    if behind and not any(_carries(pod, image) for pod in behind):
        return "workload"
    if spec.get("type") in ("LoadBalancer", "NodePort"):
        return "balancer"
    return "headless" if spec.get("clusterIP") == "None" else "own"


def _selected(spec: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    selector, labels = mapping(spec, "selector"), below(pod, "metadata", "labels")
    if not selector or not isinstance(labels, dict):
        return False
    return all(labels.get(key) == value for key, value in selector.items())


def _containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return mappings(pod, "spec", "containers")


def _carries(pod: Mapping[str, Any], image: str) -> bool:
    return any(without_version(item.get("image")) == image for item in _containers(pod))


def _target_ports(spec: Mapping[str, Any], pods: list[Mapping[str, Any]]) -> tuple[int, ...]:
    """The pods' ports behind a Service; one that is named is looked up in the containers."""
    named: dict[Any, Any] = {}
    for pod in pods:
        for container in _containers(pod):
            for port in mappings(container, "ports"):
                named[str(port.get("name"))] = port.get("containerPort")
    numbers = []
    for port in mappings(spec, "ports"):
        target = port.get("targetPort", port.get("port"))
        number = named.get(target) if isinstance(target, str) else target
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 65536:
            numbers.append(number)
    return tuple(sorted(set(numbers)))
