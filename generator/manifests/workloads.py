"""Where the pods of a workload are described, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.merge import POD_SPECS

# Kinds whose pods gen gives their account, and where their pods are.
WORKLOADS = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
# A job's pods are never a service's endpoints.
SERVERS = ("Deployment", "StatefulSet", "DaemonSet")


def containers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The containers of a workload."""
    listed = below(document, (*WORKLOADS[document["kind"]], "containers"))
    return [item for item in entries(listed) if isinstance(item, dict)]


def open_ports(document: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(number, name) of the ports that the containers of a workload say."""
    for container in containers(document):
        for port in entries(container.get("ports")):
            number = port.get("containerPort") if isinstance(port, dict) else None
            if isinstance(number, int):
                yield number, str(port.get("name") or "")


def pod_of(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The route to the pods' spec of an object of Kubernetes' own kinds."""
    route = WORKLOADS.get(document["kind"])
    return route or POD_SPECS.get((document["apiVersion"], document["kind"]))


def below(node: Any, keys: tuple[str, ...]) -> Any:
    """What stands at a route, or None."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def entries(value: Any) -> list[Any]:
    """A list, empty for what is not one."""
    return value if isinstance(value, list) else []
