"""What bases and components bring, object by object, so that two states of them can be compared."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any

from generator.compiler.bases import with_own
from generator.compiler.compile import Compiled
from generator.manifests.build import Object, build
from generator.manifests.generators import GENERATORS
from generator.manifests.kustomization import generated
from generator.manifests.walk import Layer, walk
from generator.vocabulary.base import Choice
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Place

Key = tuple[str, str, str]  # group, kind, name as the base has it

_OF_ALL = ("labels", "commonLabels", "commonAnnotations")  # what a kustomization gives to objects
_OF_PODS = ("images", "replicas")


class Brought:
    """Of one state: each choice's objects with a digest of all that makes them."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._objects: dict[Choice, dict[Key, str]] = {}

    def folders(self, choice: Choice) -> tuple[tuple[str, str], ...]:
        """All folders that a choice reads, each with a digest of what stands below it."""
        plan, (service, components) = self._compiled.plan, choice
        folders = set(plan.bases[service].folders)
        for name in components:
            folders.update(plan.components[name].folders)
        return tuple((folder, self._folders[folder]) for folder in sorted(folders))

    @cached_property
    def _folders(self) -> dict[str, str]:
        lines_of: dict[str, list[str]] = {}
        for path, blob in sorted(self._compiled.files.ids().items()):
            if path.startswith((BASES, COMPONENTS)):
                parts = path.split("/")
                for depth in range(3, len(parts)):
                    lines_of.setdefault("/".join(parts[:depth]), []).append(f"{path} {blob}")
        return {folder: _digest(lines) for folder, lines in lines_of.items()}

    def names(self, choice: Choice) -> set[Key]:
        """The objects that a choice brings, but for those that gen emits."""
        known = self._compiled.resolved.bases.brought[choice]
        return {(one.group, one.kind, one.name) for one in known if not one.own}

    def objects(self, choice: Choice) -> Mapping[Key, str]:
        """The same with digests, and gen's own as far as a component changes them."""
        if choice not in self._objects:
            self._objects[choice] = dict(self._read(choice))
        return self._objects[choice]

    def _read(self, choice: Choice) -> Iterator[tuple[Key, str]]:
        service, components = choice
        sources = self._compiled.resolved.project.sources
        ways = [walk(sources, BASES + service)]
        built = with_own(build(ways[0]), Place(""), service)
        for name in components:
            ways.append(walk(sources, COMPONENTS + name, "Component"))
            built = build(ways[-1], built.objects)
        layers = [layer for way in ways for layer in way.layers.values()]
        given, for_pods = _digest(_said(layers, _OF_ALL)), _digest(_said(layers, _OF_PODS))
        patches = [document for way in ways for _, document in way.patches]
        made = _digest([*_generated(layers, sources.files), patches])
        for taken in built.objects:
            parts = [given, _digest(taken.document)]
            parts += [for_pods] * ("template" in _spec(taken))
            parts += [made] * (taken.generated and not taken.own)
            if not taken.own or taken.patch is not None:
                yield (*taken.kind, taken.name), _digest(parts)


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


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
