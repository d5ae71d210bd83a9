"""What the manifests of one base say of each other: autoscalers of nobody, names that look
misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.manifests.problem import BROKEN, NOWHERE, Problem, shown
from generator.manifests.rules.rule import choice
from generator.manifests.running import scaled
from generator.vocabulary.nodes import mapping, text
from generator.vocabulary.source import Route

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
# Keys whose value, or whose `name` or key below, names an object of a kind.
_REFERENCES: Mapping[str, tuple[str, str]] = {
    "configMapRef": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMap": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}
_NEAR = 0.85  # of 1: how alike two names are that are meant to be one
Document = Mapping[str, Any]
Names = Mapping[str, set[str]]  # kind → names


def together(documents: Sequence[Document]) -> Iterator[tuple[int, Problem]]:
    """(index of the document, what is wrong with it beside the others)."""
    known: dict[str, set[str]] = {}
    for document in documents:
        known.setdefault(document["kind"], set()).add(document["metadata"]["name"])
    yield from _scaled_twice(documents)
    for index, document in enumerate(documents):
        if document["kind"] == "HorizontalPodAutoscaler":
            for problem in _nobody(document, known):
                yield index, problem
        for problem in _misspelt(document, (), known):
            yield index, problem


def _scaled_twice(documents: Sequence[Document]) -> Iterator[tuple[int, Problem]]:
    seen: set[tuple[str, str]] = set()
    for index, document in enumerate(documents):
        target = scaled(document)
        if target in seen:
            message = (
                f"two autoscalers scale the {target[0]} `{shown(target[1])}`, so that none does"
            )
            hint = "keep one: an autoscaler takes several metrics"
            yield index, Problem(BROKEN, ("spec", "scaleTargetRef", "name"), message, hint)
        elif target is not None:
            seen.add(target)


def _nobody(document: Document, known: Names) -> Iterator[Problem]:
    target = mapping(document, "spec", "scaleTargetRef")
    kind, name = text(target, "kind"), text(target, "name")
    names = known.get(kind, set())
    if kind in _SCALED and name and name not in names:
        message = f"the base has no {kind} `{shown(name)}` to scale"
        hint = choice(name, names) if names else "name a workload of this base"
        yield Problem(BROKEN, ("spec", "scaleTargetRef", "name"), message, hint)


def _misspelt(node: Any, route: Route, known: Names) -> Iterator[Problem]:
    """References whose name the base has almost. What it has not at all may come from elsewhere."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _misspelt(item, (*route, index), known)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        kind, inside = _REFERENCES.get(key, ("", ""))
        name = text(value, inside) if inside else ""
        names = known.get(kind, set())
        if name and name not in names:
            near = difflib.get_close_matches(name, sorted(names), n=1, cutoff=_NEAR)
            if near and not value.get("optional"):
                message = f"the base has no {kind} `{shown(name)}`, but one with nearly that name"
                hint = f"did you mean `{near[0]}`?"
                yield Problem(NOWHERE, (*route, key, inside), message, hint)
        yield from _misspelt(value, (*route, key), known)
