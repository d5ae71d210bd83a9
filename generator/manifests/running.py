"""What bases and components say of a workload that a unit says too: variables, how many run, and
what its claims are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.walk import Walk
from generator.vocabulary.base import EnvPatch, Variable
from generator.vocabulary.nodes import below, listed, mapping, mappings, numbered

# What Kustomize's `replicas` applies to.
_SCALABLE = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
_AUTOSCALERS = {"autoscaling": "HorizontalPodAutoscaler", "keda.sh": "ScaledObject"}
_PODS = (("template", "spec"), ("jobTemplate", "spec", "template", "spec"))
_IDENTITY = ("group", "version", "kind", "name")
_PLAIN = re.compile(r"[A-Za-z0-9.-]*")


def scalable(way: Walk) -> tuple[str, ...]:
    """Names of what Kustomize's `replicas` applies to, once for each."""
    return tuple(
        document["metadata"]["name"]
        for _, document in way.manifests
        if document["kind"] in _SCALABLE
    )


def autoscaled(way: Walk) -> frozenset[tuple[tuple[str, str], tuple[str, str]]]:
    """Autoscalers, as (group, kind), and what each scales, as (kind, name)."""
    found = ((document, scaled(document)) for _, document in way.manifests)
    return frozenset(
        ((document["apiVersion"].partition("/")[0], document["kind"]), target)
        for document, target in found
        if target is not None
    )


def scaled(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """(kind, name) of what an autoscaler scales; None if it is none. KEDA's scales a Deployment if
    it says no more."""
    if _AUTOSCALERS.get(document["apiVersion"].partition("/")[0]) != document["kind"]:
        return None
    target = mapping(document, "spec", "scaleTargetRef")
    return str(target.get("kind", "Deployment")), str(target.get("name"))


def counted(document: Mapping[str, Any]) -> int | None:
    """How many of a workload run, as far as it says so."""
    count = below(document, "spec", "replicas")
    return count if isinstance(count, int) else None


def claims(document: Mapping[str, Any]) -> tuple[int, ...]:
    """Places of the claim templates that do not say what they are. The API server says it for
    them, and Argo CD then finds them changed for ever."""
    return tuple(
        index
        for index, template in numbered(document, "spec", "volumeClaimTemplates")
        if not {"apiVersion", "kind"} <= template.keys()
    )


def variables(container: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The variables of a container, in order."""
    return tuple(
        Variable(str(item["name"]), "valueFrom" in item)
        for item in mappings(container, "env")
        if "name" in item
    )


def patched(way: Walk) -> tuple[EnvPatch, ...] | None:
    """What patches say of variables; None if nobody can tell of which containers."""
    patches: list[EnvPatch] = []
    known = {document["metadata"]["name"] for _, document in way.manifests}
    for target, (_, document) in zip(way.targets, way.patches, strict=True):
        if isinstance(document, dict):
            merges = list(_merges(target, document))
            named = dict(_target(target, document)).get("name")
            # With a prefix, an object has two names.
            foreign = bool(known) and named is not None and named not in known
            if merges and (foreign or not _is_plain(target or {})):
                return None
            patches += merges
        elif any("/env" in _pointer(operation) for operation in listed(document)):
            return None
    return tuple(patches)


def _is_plain(target: Mapping[str, Any]) -> bool:
    """Whether a target names what it means: without expressions, and not by labels."""
    return target.keys() <= set(_IDENTITY) and all(
        _PLAIN.fullmatch(str(text or "")) for text in target.values()
    )


def _merges(target: Mapping[str, Any] | None, document: Mapping[str, Any]) -> Iterator[EnvPatch]:
    fits = _target(target, document)
    for keys in _PODS:
        for container in mappings(document, "spec", *keys, "containers"):
            env = [item for item in mappings(container, "env") if "name" in item]
            if env:
                gone = {str(item["name"]) for item in env if item.get("$patch") == "delete"}
                kept = [item for item in env if str(item["name"]) not in gone]
                given = variables({"env": kept})
                yield EnvPatch(fits, str(container.get("name")), given, frozenset(gone))


def _target(
    target: Mapping[str, Any] | None, document: Mapping[str, Any]
) -> frozenset[tuple[str, str]]:
    """Which objects a patch changes, by the parts of their identity that it names."""
    if target is not None:
        return frozenset((part, str(target[part])) for part in _IDENTITY if target.get(part))
    group, _, version = str(document.get("apiVersion")).rpartition("/")
    name = below(document, "metadata", "name")
    named = (group, version, document.get("kind"), name)
    return frozenset((part, str(text)) for part, text in zip(_IDENTITY, named, strict=True))


def _pointer(operation: Any) -> str:
    """Where an operation writes, and what its value says if it is no leaf."""
    if not isinstance(operation, dict):
        return ""
    return f"{operation.get('path')}/{'env' if 'env' in _keys(operation.get('value')) else ''}"


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _keys(value)
    for item in listed(node):
        yield from _keys(item)
