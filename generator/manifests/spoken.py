"""What objects of kinds beyond Kubernetes' own say of others: their names, the accounts of pods
that controllers will make, and Secrets that these will make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.manifests.library import library, versions
from generator.vocabulary.nodes import text
from generator.vocabulary.source import Route

_ACCOUNTS = ("serviceAccountName", "serviceAccount", "serviceAccountRef")
# Kinds that make a Secret, and where they name it; without a word there it has their own name.
_MAKERS = {
    ("external-secrets.io", "ExternalSecret"): ("spec", "target", "name"),
    ("bitnami.com", "SealedSecret"): ("spec", "template", "metadata", "name"),
    ("cert-manager.io", "Certificate"): ("spec", "secretName"),
}
_LABELS = ("matchLabels", "labels", "annotations", "selector")  # whose keys are nobody's fields
_NAMES = ("name", "Name", "Names", "Ref", "Refs")  # how keys end that hold names


def names(document: Mapping[str, Any]) -> Iterator[tuple[str, Route]]:
    """Texts that may be names of other objects, and where they stand."""
    if _kind(document)[0] in library(versions()[-1]).groups():
        return
    for key, value in document.items():
        if key not in ("metadata", "status"):
            yield from _below(value, (key,), wanted=key.endswith(_NAMES))


def nameless(node: Any, path: Sequence[str], route: Route = ()) -> Iterator[Route]:
    """Where a field that is said to hold a name cannot: Kustomize, which goes through lists and
    takes the `name` of a mapping, fails there."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from nameless(item, path, (*route, index))
    elif isinstance(node, dict) and path:
        yield from nameless(node.get(path[0]), path[1:], (*route, path[0]))
    elif node is not None and (path or (isinstance(node, dict) and "name" not in node)):
        yield route


def accounts(document: Mapping[str, Any]) -> Iterator[tuple[str, Route]]:
    """Accounts that an object brings, or that pods made of it run with."""
    if _kind(document) == ("", "ServiceAccount"):
        yield document["metadata"]["name"], ("metadata", "name")
    for name, route in names(document):
        if any(part in _ACCOUNTS for part in route[-2:]):
            yield name, route


def made(document: Mapping[str, Any]) -> str | None:
    """The name of the Secret that a controller makes of it, where it is not the object's own."""
    if (route := _MAKERS.get(_kind(document))) is None:
        return None
    name = text(document, *route)
    return name if name not in ("", document["metadata"]["name"]) else None


def _kind(document: Mapping[str, Any]) -> tuple[str, str]:
    return document["apiVersion"].rpartition("/")[0], document["kind"]


def _below(node: Any, route: Route, *, wanted: bool) -> Iterator[tuple[str, Route]]:
    if isinstance(node, str) and (wanted or route[-1] in _ACCOUNTS):
        yield node, route
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _below(item, (*route, index), wanted=wanted)
    elif isinstance(node, dict):
        for key, value in node.items() if route[-1] not in _LABELS else ():
            yield from _below(value, (*route, key), wanted=key.endswith(_NAMES))
