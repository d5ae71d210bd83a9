"""Objects of bases and components, read anew, with digests of all that makes them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from generator.compiler.bases import with_own
from generator.manifests.build import Object, build
from generator.manifests.generators import GENERATORS
from generator.manifests.kustomization import generated
from generator.manifests.walk import Layer, walk
from generator.views.diff_bases import Key, digest
from generator.vocabulary.base import Choice
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Place, Sources

_OF_ALL = ("labels", "commonLabels", "commonAnnotations")  # what a kustomization gives to objects
_OF_PODS = ("images", "replicas")


def objects(sources: Sources, choice: Choice) -> Iterator[tuple[Key, str]]:
    """Each object of a base with components, with a digest of all that makes it."""
    service, components = choice
    ways = [walk(sources, BASES + service)]
    built = with_own(build(ways[0]), Place(""), service)
    for name in components:
        ways.append(walk(sources, COMPONENTS + name, "Component"))
        built = build(ways[-1], built.objects)
    layers = [layer for way in ways for layer in way.layers.values()]
    given, for_pods = digest(_said(layers, _OF_ALL)), digest(_said(layers, _OF_PODS))
    patches = [document for way in ways for _, document in way.patches]
    made = digest([*_generated(layers, sources.files), patches])
    for taken in built.objects:
        parts = [given, digest(taken.document)]
        parts += [for_pods] * ("template" in _spec(taken))
        parts += [made] * (taken.generated and not taken.own)
        if not taken.own or taken.patch is not None:
            yield (*taken.kind, taken.name), digest(parts)


def _spec(taken: Object) -> Mapping[str, Any]:
    """Where pods are made: the spec, of a CronJob that of its Jobs."""
    spec = taken.document.get("spec")
    if isinstance(spec, Mapping) and isinstance(spec.get("jobTemplate"), Mapping):
        spec = spec["jobTemplate"].get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _said(layers: Iterable[Layer], keys: Iterable[str]) -> list[Any]:
    return [[layer.content.get(key) for key in keys] for layer in layers]


def _generated(layers: Iterable[Layer], files: Mapping[str, bytes]) -> Iterator[Any]:
    """All that generators read."""
    for layer in layers:
        yield [layer.content.get(key) for key in (*GENERATORS, "generatorOptions")]
        folder = posixpath.dirname(layer.path)
        for _, name in generated(layer.path, layer.content):
            yield sha256(files.get(posixpath.normpath(f"{folder}/{name}"), b"")).hexdigest()
