"""What Kustomize makes of a base and the components that are switched on: the objects, patched.

Folder by folder, as Kustomize does: resources in their order, what is generated, components, and
then the patches of the folder itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.manifests.generators import GENERATORS
from generator.manifests.merge import UnclearError, merged, misshapen
from generator.manifests.objects import ill_written
from generator.manifests.operate import operated
from generator.manifests.walk import Layer, Patch, Walk
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place

Identity = tuple[str, str, str, str]  # group, kind, namespace, name


@dataclass(frozen=True, slots=True)
class Object:
    """One object: where it is written and what it holds. Once a `patch` has changed it, `written`
    is what it was. Of what is `generated` gen knows the name alone; `own` ones are emitted by gen.
    """

    place: Place
    document: Mapping[str, Any]
    written: Mapping[str, Any] | None = None
    patch: Place | None = None
    generated: bool = False
    own: bool = False

    @property
    def kind(self) -> tuple[str, str]:
        """Group and kind."""
        return self.document["apiVersion"].rpartition("/")[0], self.document["kind"]

    @property
    def name(self) -> str:
        """Its name, before any suffix."""
        return str(self.document["metadata"]["name"])

    @property
    def identity(self) -> Identity:
        """What Kustomize knows it by, but for the version."""
        namespace = self.document["metadata"].get("namespace")
        return (*self.kind, str(namespace or "default"), self.name)


@dataclass(slots=True)
class Built:
    """Objects in Kustomize's order, and what keeps it from building."""

    objects: list[Object] = field(default_factory=list)
    found: tuple[Finding, ...] = ()


def build(way: Walk, start: Sequence[Object] = (), *, loose: bool = False) -> Built:
    """What a walk's folder makes; of a component, from the objects that it starts with. `loose`: it
    is a component without a base, whose patches have nothing to change yet."""
    built = Built(list(start))
    if loose:
        for layer in way.layers.values():
            layer_objects = (brought for _, brought in layer.resources if isinstance(brought, list))
            built.objects += (Object(*each) for brought in layer_objects for each in brought)
            for _ in _generate(built, layer):
                pass  # what it would be merged into is not here
        return built
    built.found = tuple(_layer(built, way, way.layers[way.top]))
    return built


def _layer(built: Built, way: Walk, layer: Layer) -> Iterator[Finding]:
    for place, brought in layer.resources:
        if isinstance(brought, list):
            objects = [Object(spot, document) for spot, document in brought]
            yield from _take(built, place, objects)
        elif brought in way.layers:
            inner = Built()
            yield from _layer(inner, way, way.layers[brought])
            yield from _take(built, place, inner.objects)
    yield from _generate(built, layer)
    for _, component in layer.components:
        if component in way.layers:
            yield from _layer(built, way, way.layers[component])
    for patch in layer.patches:
        yield from _apply(built, patch)
    yield from _scaled(built, layer)


def _take(built: Built, entry: Place, objects: Sequence[Object]) -> Iterator[Finding]:
    known = {taken.identity: taken for taken in built.objects}
    for brought in objects:
        if (first := known.get(brought.identity)) is not None:
            again = first.place == brought.place
            what = f"{brought.document['kind']} {brought.name[:60]}"
            yield Finding(
                "GEN405",
                entry if again else brought.place,
                f"{what} is brought twice, and Kustomize then builds neither",
                "name the file or folder once" if again else "keep one of the two",
                ((first.place, "first brought here"),),
            )
            if again:
                return
        else:
            known[brought.identity] = brought
            built.objects.append(brought)


def _generate(built: Built, layer: Layer) -> Iterator[Finding]:
    for key, kind in GENERATORS.items():
        for index, said in enumerate(layer.content.get(key) or []):
            place = Place(layer.path).at(key, index)
            metadata = {"name": said.get("name") or ""}
            if said.get("namespace"):
                metadata["namespace"] = said["namespace"]
            document = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
            made = Object(place, document, generated=True)
            there = any(taken.identity == made.identity for taken in built.objects)
            if said.get("behavior") not in ("merge", "replace"):
                yield from _take(built, place, [made])
            elif not there:
                message = f"there is no {kind} {made.name[:60]} to {said['behavior']} this into"
                hint = "leave `behavior` out, or name what an earlier generator makes"
                yield Finding("GEN405", place, message, hint)


def _apply(built: Built, patch: Patch) -> Iterator[Finding]:
    target = patch.said.get("target")
    for where, document in patch.documents:
        if isinstance(document, list | dict):
            if target is None and isinstance(document, dict):
                chosen = yield from _named(built, where, document)
            else:
                chosen = [n for n, taken in enumerate(built.objects) if _fits(taken, target or {})]
            for number in chosen:
                yield from _change(built, number, where, document)


def _change(built: Built, number: int, where: Place, document: Any) -> Iterator[Finding]:
    taken = built.objects[number]
    if taken.generated and isinstance(document, dict):
        built.objects[number] = replace(taken, patch=where)
        return
    try:
        made = _made(taken, document)
    except UnclearError as error:
        what = f"{taken.document['kind']} {taken.name[:60]}"
        yield Finding(
            "GEN405",
            _spot(where, document, error.index),
            f"this patch cannot be put on {what}: {error}",
            "change the patch or the object, so that the result is clear",
            ((taken.place, what),),
        )
    else:
        written = taken.document if taken.written is None else taken.written
        built.objects[number] = replace(taken, document=made, written=written, patch=where)


def _spot(where: Place, document: Any, index: int | None) -> Place:
    """The place of an operation in a patch; in a text inside the text, of its path."""
    if index is None:
        return where
    if where.route:
        return where._replace(word=str(document[index]["path"]))
    return where.at(index, "path")


def _made(taken: Object, patch: Any) -> Mapping[str, Any]:
    if taken.generated:
        raise UnclearError("what is generated is not here for operations to change")
    old = taken.document
    made: Mapping[str, Any]
    made = operated(old, patch) if isinstance(patch, list) else merged(old, patch)
    if made.get("apiVersion") != old["apiVersion"]:
        raise UnclearError("it changes the apiVersion")
    if (route := misshapen(made)) is not None:
        raise UnclearError(f"`{'.'.join(map(str, route))}` would not be a list of mappings")
    if (wrong := ill_written(made["metadata"])) is not None:
        raise UnclearError(f"of what comes of it, {wrong[1]}")
    for key in ("labels", "annotations"):
        if made["metadata"].get(key, {}) is None:
            raise UnclearError(f"`metadata.{key}` would be null")
    return made


def _named(built: Built, where: Place, patch: Mapping[str, Any]) -> Reading[list[int]]:
    """The object that a patch without a target names; one that there is not is a finding."""
    if not isinstance(patch.get("metadata"), dict):
        return []
    version, kind = patch.get("apiVersion"), patch.get("kind")
    name, namespace = patch["metadata"].get("name"), patch["metadata"].get("namespace")
    known: list[str] = []
    for number, taken in enumerate(built.objects):
        if (taken.document["apiVersion"], taken.document["kind"]) == (version, kind):
            known.append(taken.name)
            if (taken.name, taken.identity[2]) == (name, str(namespace or "default")):
                return [number]
    message = f"there is no {str(kind)[:40]} {str(name)[:60]} of {str(version)[:60]} to merge into"
    yield Finding("GEN405", where, message, did_you_mean(str(name), known))
    return []


def _fits(taken: Object, target: Mapping[str, Any]) -> bool:
    version = taken.document["apiVersion"].rpartition("/")[2]
    said = {
        "group": taken.kind[0],
        "version": version,
        "kind": taken.kind[1],
        "name": taken.name,
        "namespace": str(taken.document["metadata"].get("namespace") or ""),
    }
    for key, value in said.items():
        if (wanted := target.get(key)) and not re.fullmatch(wanted, value):
            return False
    metadata = taken.document["metadata"]
    return all(
        _selects(target.get(f"{what}Selector"), metadata.get(f"{what}s") or {})
        for what in ("label", "annotation")
    )


def _selects(selector: str | None, pairs: Mapping[str, Any]) -> bool:
    """Whether `a=b,c!=d,e,!f` fits; other selectors are refused where patches are read."""
    for term in map(str.strip, (selector or "").split(",")):
        key, unequal, value = term.partition("!=")
        if unequal and key:
            fits = pairs.get(key.strip()) != value.strip()
        elif "=" in term:
            key, _, value = term.replace("==", "=").partition("=")
            fits = pairs.get(key.strip()) == value.strip()
        else:
            fits = not term or (term[1:].strip() not in pairs if term[0] == "!" else term in pairs)
        if not fits:
            return False
    return True


_SCALED = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")


def _scaled(built: Built, layer: Layer) -> Iterator[Finding]:
    """Replicas, and those of nothing."""
    known = {taken.name for taken in built.objects if taken.kind[1] in _SCALED}
    for said in layer.content.get("replicas") or []:
        for number, taken in enumerate(built.objects):
            spec = taken.document.get("spec")
            if (
                taken.kind[1] in _SCALED
                and taken.name == said.get("name")
                and isinstance(spec, dict)
            ):
                counted = {**taken.document, "spec": {**spec, "replicas": said.get("count")}}
                built.objects[number] = replace(taken, document=counted)
    for index, said in enumerate(layer.content.get("replicas") or []):
        if said.get("name") not in known:
            name = str(said.get("name") or "")
            yield Finding(
                "GEN405",
                Place(layer.path).at("replicas", index),
                f"there is no workload {name[:60]} to scale",
                did_you_mean(name, known),
            )
