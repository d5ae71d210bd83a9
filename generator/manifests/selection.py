"""Whom label selectors of bases and components mean: what they ask, and the labels of pods and
Services that are there to be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.obeyed import unescaped
from generator.manifests.walk import Walk
from generator.vocabulary.base import Expressions, Labels, Selector
from generator.vocabulary.nodes import below, listed, mappings
from generator.vocabulary.yaml_reader import MOST_DEPTH

_TEMPLATES = (
    ("spec", "template", "metadata", "labels"),
    ("spec", "jobTemplate", "spec", "template", "metadata", "labels"),
)
# By which workloads know their own pods: these always are the service's.
_OWN = ("spec/selector/matchLabels", "spec/jobTemplate/spec/selector/matchLabels")
# Kinds that are about pods, and where they say about which.
_AIMS = {
    "Service": "spec/selector",
    "PodDisruptionBudget": "spec/selector/matchLabels",
    "NetworkPolicy": "spec/podSelector/matchLabels",
    "PodMonitor": "spec/selector/matchLabels",
}
_WORKLOADS = (
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "Job",
    "CronJob",
    "ReplicationController",
)

Spot = tuple[str, ...]


def pods(way: Walk) -> tuple[Labels, ...]:
    """The labels of the pods of each workload."""
    candidates = (pods_of(document) for _, document in way.manifests)
    return tuple(labels for labels in candidates if labels is not None)


def pods_of(document: Mapping[str, Any]) -> Labels | None:
    """The labels of the pods of an object, if it has any."""
    candidates = (_labels(document, keys) for keys in _TEMPLATES)
    return next((labels for labels in candidates if labels is not None), None)


def known_by(document: Mapping[str, Any]) -> tuple[Labels, Expressions]:
    """The labels by which a workload knows its own pods, and what it asks of them besides."""
    labels = _labels(document, ("spec", "selector", "matchLabels")) or {}
    return labels, tuple(_expressions(below(document, "spec", "selector", "matchExpressions")))


def aim(document: Mapping[str, Any]) -> Selector | None:
    """The selector by which an object says what pods it is about, where it says some."""
    path = _AIMS.get(document["kind"])
    group = document["apiVersion"].rpartition("/")[0]
    told = _told(group, document["kind"], document["metadata"]["name"], document, written=True)
    fitting = (each for each in told if each.path == path and (each.labels or each.expressions))
    return next(fitting, None)


def services(way: Walk) -> tuple[Labels, ...]:
    """The labels of each Service itself."""
    return tuple(
        _labels(document, ("metadata", "labels")) or {}
        for _, document in way.manifests
        if document["kind"] == "Service"
    )


def selectors(way: Walk) -> tuple[Selector, ...]:
    """All label selectors of manifests and patches, but those by which workloads know their
    own pods."""
    meant: list[Selector] = []
    for _, document in way.manifests:
        group = document["apiVersion"].rpartition("/")[0]
        kind, name = document["kind"], document["metadata"]["name"]
        meant += _told(group, kind, name, document, written=True)
    for target, (_, document) in zip(way.targets, way.patches, strict=True):
        if isinstance(document, dict):
            group = str(document.get("apiVersion")).rpartition("/")[0]
            kind = str((target or document).get("kind"))
            meant += _told(group, kind, "", document, written=False)
        for operation in listed(document):
            kind = str((target or {}).get("kind"))
            meant += _told("", kind, "", _result(operation), written=False)
    return tuple(meant)


def _told(
    group: str, kind: str, name: str, document: Mapping[str, Any], *, written: bool
) -> Iterator[Selector]:
    for spot, selector in _selectors(document, ()):
        path = "/".join((*(key for key in spot if not key.isdecimal()), "matchLabels"))
        if kind in _WORKLOADS and path in _OWN:
            continue
        pointer = "/" + "/".join((*map(_escaped, spot), "matchLabels")) if written else ""
        labels = _texts(selector.get("matchLabels"))
        asked = tuple(_expressions(selector.get("matchExpressions")))
        yield Selector(group, kind, name, path, pointer, labels, asked)
    if kind == "Service" and not group:
        labels = _labels(document, ("spec", "selector"))
        if written or labels:
            pointer = "/spec/selector" if written else ""
            yield Selector(group, kind, name, "spec/selector", pointer, labels)


def _selectors(node: Any, spot: Spot) -> Iterator[tuple[Spot, Mapping[str, Any]]]:
    """Every mapping that asks for labels, and where it stands."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _selectors(item, (*spot, str(index)))
    elif isinstance(node, dict):
        if "matchLabels" in node or "matchExpressions" in node:
            yield spot, node
        else:
            for key, item in node.items():
                yield from _selectors(item, (*spot, str(key)))


def _result(operation: Any) -> dict[str, Any]:
    """What an operation writes, where it writes it; no object is as deep as a path can be long."""
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        return {}
    parts = operation["path"].split("/")[1:]
    node = operation.get("value")
    for part in reversed(parts[:MOST_DEPTH]):
        node = [node] if part == "-" or part.isdecimal() else {unescaped(part): node}
    return node if isinstance(node, dict) else {}


def _expressions(node: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for item in mappings(node):
        named = tuple(map(str, listed(item, "values")))
        yield str(item.get("key")), str(item.get("operator")), named


def _labels(document: Mapping[str, Any], keys: Spot) -> Labels | None:
    return _texts(below(document, *keys))


def _texts(node: Any) -> Labels | None:
    if not isinstance(node, dict):
        return None
    return {str(key): str(value) for key, value in node.items()}


def _escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
