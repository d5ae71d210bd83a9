"""ConfigMaps and Secrets that Kustomize generates, as the documents that a server gets, each part
with the place that says it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.manifests.generators import GENERATORS
from generator.manifests.walk import Layer, Walk
from generator.vocabulary.source import Place, Route

_PAIRS = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Generated:
    """An object of a generator. `partial`: another one brings more of it."""

    place: Place
    document: Mapping[str, Any]
    keys: Mapping[str, Place]
    labels: Place
    partial: bool

    def at(self, route: Route) -> Place:
        """Where a part of the object is said."""
        match route:
            case ("data" | "stringData", str(key), *_):
                return self.keys.get(key, self.place)
            case ("metadata", "labels" | "annotations" as field, *rest):
                return self.labels.at(field, *rest)
            case ("metadata", "name"):
                return self.place.at("name")
            case ("type",):
                return self.place.at("type")
        return self.place


def generated(way: Walk) -> Iterator[Generated]:
    """What the generators of a walk make."""
    for layer in way.layers.values():
        for key, kind in GENERATORS.items():
            said = layer.content.get(key) or []
            names = [generator.get("name") for generator in said]
            for index, generator in enumerate(said):
                more = names.count(generator.get("name")) > 1 or generator.get("behavior")
                place = Place(layer.path).at(key, index)
                yield _made(way, layer, kind, place, generator, partial=bool(more))


def _made(
    way: Walk, layer: Layer, kind: str, place: Place, said: Mapping[str, Any], *, partial: bool
) -> Generated:
    keys: dict[str, Place] = {}
    texts: dict[str, str] = {}
    for spot, key, text in _parts(way, place, said):
        keys[key], texts[key] = spot, text
    options, own = layer.content.get("generatorOptions") or {}, said.get("options") or {}
    metadata: dict[str, Any] = {"name": said.get("name") or ""}
    metadata |= {field: (options.get(field) or {}) | (own.get(field) or {}) for field in _PAIRS}
    field = "data" if kind == "ConfigMap" else "stringData"
    document = {"apiVersion": "v1", "kind": kind, "metadata": metadata, field: texts}
    if said.get("type"):
        document["type"] = said["type"]
    labels = (
        place.at("options")
        if any(map(own.get, _PAIRS))
        else Place(layer.path).at("generatorOptions")
    )
    return Generated(place, document, keys, labels, partial)


def _parts(way: Walk, place: Place, said: Mapping[str, Any]) -> Iterator[tuple[Place, str, str]]:
    """(place, key, text) of literals, files and lines of files."""
    for index, literal in enumerate(said.get("literals") or []):
        key, _, text = str(literal).partition("=")
        yield place.at("literals", index), key, text
    for index, file in enumerate(said.get("files") or []):
        key, equals, path = str(file).partition("=")
        name = key if equals else posixpath.basename(path or key)
        yield place.at("files", index), name, _text(way, place, path if equals else key)
    files = [(place.at("envs", index), file) for index, file in enumerate(said.get("envs") or [])]
    files += [(place.at("env"), said["env"])] if said.get("env") else []
    for spot, file in files:
        for line in _text(way, place, str(file)).removeprefix("\ufeff").splitlines():
            key, equals, text = line.lstrip().partition("=")
            if equals and not key.startswith("#"):
                yield spot, key, text


def _text(way: Walk, place: Place, file: str) -> str:
    """What a file beside a kustomization holds."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place.path), file))
    return way.sources.files.get(path, b"").decode(errors="replace")
