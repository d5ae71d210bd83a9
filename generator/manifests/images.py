"""Images of a base: a unit's tag or digest says what its service runs; others say their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.manifests.build import Built, Object
from generator.manifests.walk import Walk
from generator.manifests.workloads import WORKLOADS, containers
from generator.vocabulary.findings import Finding
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.nodes import mappings
from generator.vocabulary.source import Place

_LITERAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def renamed(way: Walk, owns: Iterable[str]) -> Iterator[Finding]:
    """Images of services that a kustomization calls by another name."""
    known = tuple(owns)
    for place, entry in _entries(way):
        fits = fitting(str(entry.get("name") or ""))
        if entry.get("newName") and any(map(fits.fullmatch, known)):
            yield Finding(
                "GEN403",
                place.key("newName"),
                "the service's own image is renamed, so a tag would change nothing",
                "delete it; the catalogue names the image",
            )


def mistaken(ways: Iterable[Walk], built: Built) -> Iterator[Finding]:
    """Entries that Kustomize, to which a dot stands for anything, finds other images by."""
    known = {image for taken in built.objects for _, image in images(taken.document)}
    for way in ways:
        for place, entry in _entries(way):
            name = str(entry.get("name") or "")
            fits = fitting(name)
            for image in sorted(known):
                if fits.fullmatch(image) and without_version(image) != name:
                    yield Finding(
                        "GEN405",
                        place.at("name"),
                        f"Kustomize takes `{name[:60]}` for an expression, which {image[:60]} fits",
                        "delete the entry, and write the version where the image stands",
                    )


def _entries(way: Walk) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for layer in way.layers.values():
        for index, entry in enumerate(layer.content.get("images") or []):
            yield Place(layer.path).at("images", index), entry


def unsaid(ways: Iterable[Walk], built: Built, own: str) -> Iterator[Finding]:
    """Nothing may say otherwise of the service's `own` image, and every other has a version."""
    pinned = [
        fitting(str(entry.get("name") or ""))
        for way in ways
        for _, entry in _entries(way)
        if entry.get("newTag") or entry.get("digest")
    ]
    for taken in built.objects:
        if gone := tuple(_taken(taken, own)):
            yield from gone
            continue
        for route, image in images(taken.document):
            said = _version(image) or any(fits.fullmatch(image) for fits in pinned)
            if not said and image != own:
                yield _versionless(at(taken, route), image)
        yield from _bare(taken)


def _taken(taken: Object, own: str) -> Iterator[Finding]:
    """Containers that a patch takes the service's image from, or renames."""
    if taken.patch is None or taken.written is None:
        return
    for name in sorted(carriers(taken.written, own) - carriers(taken.document, own)):
        yield Finding(
            "GEN403",
            taken.patch,
            f"a patch takes the image {own} from the container {name[:60]}, so a tag would "
            "change nothing",
            "delete it; tags stand in the unit's file",
        )


def _bare(taken: Object) -> Iterator[Finding]:
    """Containers that a patch brings without an image: it names none that is there. What nobody
    patches is held to its schema, which says so itself."""
    if taken.patch is None or taken.document["kind"] not in WORKLOADS:
        return
    route = WORKLOADS[taken.document["kind"]]
    for key in ("containers", "initContainers"):
        listed = mappings(taken.document, *route, key)
        known = [str(item.get("name")) for item in listed if item.get("image")]
        for name in (str(item.get("name")) for item in listed if not item.get("image")):
            yield Finding(
                "GEN413",
                taken.patch,
                f"a patch brings the container {name[:60]} without an image",
                f"give it one; {did_you_mean(name, known)}",
            )


def fitting(name: str) -> re.Pattern[str]:
    """Images that Kustomize takes for those of a name, whose dots stand for anything. Names that
    are more of an expression are refused where they stand."""
    said = name if _LITERAL.fullmatch(name) else re.escape(name)
    return re.compile(f"{said}(?:[:@].*)?")


def at(taken: Object, route: tuple[str | int, ...]) -> Place:
    """The place of a part of an object: where it is written, or the patch that brought it there."""
    node: Any = taken.document
    if taken.patch is not None:
        return taken.patch
    for key in route:
        node = node[key]
    return taken.place.at(*route)


def images(node: Any, route: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """(route, image) of every container below a node."""
    for key, value in _items(node):
        if key in CONTAINERS and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict) and isinstance(item.get("image"), str):
                    yield (*route, key, index, "image"), item["image"]
        else:
            yield from images(value, (*route, key))


def carriers(document: Mapping[str, Any], own: str) -> set[str]:
    """Names of the containers of a workload that run an image."""
    if document["kind"] not in WORKLOADS:
        return set()
    return {
        str(item.get("name"))
        for item in containers(document)
        if without_version(item.get("image")) == own
    }


def _items(node: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(node, Mapping):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def _version(image: str) -> bool:
    return ":" in image.rpartition("/")[2]  # a digest has one too


def without_version(image: Any) -> str:
    """The image's name, as Kustomize tells it from tag and digest."""
    text = str(image).partition("@")[0]
    head, colon, tail = text.rpartition(":")
    return head if colon and "/" not in tail else text


def _versionless(place: Place, image: str) -> Finding:
    return Finding(
        "GEN406",
        place,
        f"the image {image[:80]} has neither tag nor digest",
        "add one, so that the same commit runs the same thing",
    )
