"""What Kustomize takes a document for, and what it knows an object by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.manifests.merge import is_text_map, misshapen
from generator.vocabulary import names
from generator.vocabulary.nodes import below, mapping, text
from generator.vocabulary.source import Place

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.:-]{0,251}[A-Za-z0-9])?")
_SPELLED = (
    (re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?v[a-z0-9]{1,30}"), ("apiVersion",)),
    (re.compile(r"[A-Z][A-Za-z0-9]{0,62}"), ("kind",)),
    (_NAME, ("metadata", "name")),
    (_NAME, ("metadata", "namespace")),
)


def unusual(place: Place, document: Any) -> tuple[Place, str, str] | None:
    """Where and why Kustomize takes a document for something else than one object, or fails."""
    kind = str(document.get("kind")) if isinstance(document, dict) else ""
    if kind.endswith("List"):
        message = f"a {kind[:40]} is taken apart by Kustomize"
        hint = "write its items as documents of their own, with `---` between them"
        return place.at("kind"), message, hint
    if not _is_object(document):
        message = "a manifest needs `apiVersion`, `kind` and `metadata.name`, each a text"
        return place, message, "write a whole Kubernetes object here"
    if (odd := _odd(document)) is not None:
        message = f"`{'.'.join(odd)}` is not what Kustomize knows an object by"
        hint = "write a version as `group/v1`, a kind as `Kind`, a name as `name`"
        return place.at(*odd), message, hint
    if (wrong := ill_written(document["metadata"])) is not None:
        keys, message, hint = wrong
        return place.at("metadata", *keys), message, hint
    if (route := misshapen(document)) is not None:
        message = f"`{'.'.join(map(str, route))}` is not what Kustomize goes through"
        return place.at(*route), message, "write a list of mappings: `- name: …`"
    return None


def _odd(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Where an object is not described as all readers understand it."""
    for pattern, route in _SPELLED:
        word = below(document, *route)
        if word is not None and not (isinstance(word, str) and pattern.fullmatch(word)):
            return route
    return None


def ill_written(metadata: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str] | None:
    """Where, and why, Kustomize fails at labels or annotations: what is no text, and keys of an
    object's own annotations that are none once it has dropped their quotes."""
    for key in ("labels", "annotations"):
        if (pairs := metadata.get(key)) is not None and not is_text_map(pairs):
            values = mapping(pairs).items()
            route = (key, *[name for name, value in values if not isinstance(value, str)][:1])
            message = f"`metadata.{'.'.join(route)[:110]}` must be text"
            return route, message, "put it in quotes, as in `'true'` or `'8080'`"
    for name in mapping(metadata, "annotations"):
        if name == "" or names.matches(names.NO_TEXT, name):
            message = f"Kustomize cannot write an annotation `{name[:60]}`: bare, it is no text"
            return ("annotations", name), message, "write `domain/name`"
    return None


def _is_object(document: Any) -> bool:
    routes = (("apiVersion",), ("kind",), ("metadata", "name"))
    return all(text(document, *route) for route in routes)
