"""Where the pods of a workload are described, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.merge import POD_SPECS
from generator.vocabulary.nodes import Node, mappings

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


def containers(document: Mapping[str, Any]) -> list[Node]:
    """The containers of a workload."""
    return mappings(document, *WORKLOADS[document["kind"]], "containers")


def open_ports(document: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(number, name) of the ports that the containers of a workload say."""
    for container in containers(document):
        for port in mappings(container, "ports"):
            number = port.get("containerPort")
            if isinstance(number, int):
                yield number, str(port.get("name") or "")


def pod_of(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The route to the pods' spec of an object of Kubernetes' own kinds."""
    route = WORKLOADS.get(document["kind"])
    return route or POD_SPECS.get((document["apiVersion"], document["kind"]))
