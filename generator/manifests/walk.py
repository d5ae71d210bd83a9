"""The way from a kustomization down to all that it reads: folders, manifests, patches, files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.manifests import generators, patches
from generator.manifests.kustomization import (
    doubles,
    generated,
    given_to_pods,
    read_kustomization,
)
from generator.manifests.obeyed import obeyed
from generator.manifests.objects import unusual
from generator.manifests.reading import read_documents
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.layout import BASES, COMPONENTS, KUSTOMIZATIONS, kustomization
from generator.vocabulary.nodes import listed
from generator.vocabulary.source import POINTERS, Mark, Place, Sources

MOST_FOLDERS = 32  # that one base may lead through
_UNREAD = "check the path, or add the file; names that start with '.' are not read"

Manifest = tuple[Place, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Patch:
    """An entry of `patches`, with the documents of its text."""

    place: Place
    said: Mapping[str, Any]
    documents: list[tuple[Place, Any]]


@dataclass(slots=True)
class Layer:
    """One folder's kustomization. An entry of `resources` is a folder or the manifests of a file,
    with the place that names it; `components` are folders."""

    path: str
    content: Mapping[str, Any]
    resources: list[tuple[Place, str | list[Manifest]]] = field(default_factory=list)
    components: list[tuple[Place, str]] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)


@dataclass(slots=True)
class Walk:
    """One walk: each folder's layer, and all that is wrong there; `literals` are (place, text) of
    what ConfigMaps are generated from."""

    sources: Sources
    top: str
    found: tuple[Finding, ...] = ()
    layers: dict[str, Layer] = field(default_factory=dict)
    literals: list[tuple[Place, str]] = field(default_factory=list)

    @property
    def folders(self) -> tuple[str, ...]:
        """All folders that are read."""
        return tuple(sorted(self.layers))

    @property
    def manifests(self) -> list[Manifest]:
        """All manifests as they stand in their files."""
        manifests: list[Manifest] = []
        for layer in self.layers.values():
            for _, brought in layer.resources:
                manifests += listed(brought)
        return manifests

    @property
    def patches(self) -> list[tuple[Place, Any]]:
        """All documents of patches."""
        patches: list[tuple[Place, Any]] = []
        for layer in self.layers.values():
            for patch in layer.patches:
                patches += patch.documents
        return patches

    @property
    def targets(self) -> list[Mapping[str, Any] | None]:
        """The targets of `patches`."""
        return [target for target, _ in self.changed]

    @property
    def changed(self) -> Iterator[tuple[Mapping[str, Any] | None, Any]]:
        """The target and the document of each patch."""
        for layer in self.layers.values():
            for patch in layer.patches:
                yield from ((patch.said.get("target"), document) for _, document in patch.documents)

    @property
    def common(self) -> dict[str, str]:
        """Labels that pods get."""
        labels: dict[str, str] = {}
        for layer in self.layers.values():
            labels |= given_to_pods(layer.content)
        return labels


def walk(sources: Sources, folder: str, kind: str = "Kustomization") -> Walk:
    """All that the kustomization of a folder, of a kind, leads to, with what is wrong in it."""
    way = Walk(sources, folder)
    way.found = tuple(_walked(way, kind))
    return way


def _walked(way: Walk, kind: str) -> Iterator[Finding]:
    """Goes the whole way, and keeps each folder's layer."""
    folder, leads = way.top, dict[str, list[tuple[str, Place]]]()
    queue = [(folder, kind, Place(f"{folder}/{KUSTOMIZATIONS[0]}", mark=Mark(1, 1)))]
    for here, wanted, named in queue:  # grows while it is walked
        if here in way.layers:
            yield from _another(way.layers[here], wanted, named)
            continue
        if len(way.layers) == MOST_FOLDERS:
            yield Finding(
                "GEN008",
                named,
                f"{folder} leads through more than {MOST_FOLDERS} folders",
                "put what belongs together into one folder",
            )
            break
        layer = way.layers[here] = yield from _layer(way, here)
        yield from _another(layer, wanted, named)
        below = [
            *((there, "Kustomization", place) for place, there in layer.resources),
            *((there, "Component", place) for place, there in layer.components),
        ]
        reached = [(there, kind, place) for there, kind, place in below if isinstance(there, str)]
        leads[here] = [(there, place) for there, _, place in reached]
        queue += reached
    yield from _circles(leads)


def _another(layer: Layer, wanted: str, named: Place) -> Iterator[Finding]:
    kind = layer.content.get("kind") or "Kustomization"
    if layer.content and kind != wanted and kind in ("Kustomization", "Component"):
        yield Finding(
            "GEN405",
            Place(layer.path, mark=Mark(1, 1)) if named.mark else named,
            f"{posixpath.dirname(layer.path)} is a {str(kind)[:40]}, and a {wanted} belongs here",
            "name bases in `resources` and components in `components`; "
            "a component says `kind: Component`",
        )


def _circles(leads: Mapping[str, list[tuple[str, Place]]]) -> Iterator[Finding]:
    for here, entries in leads.items():
        for there, place in entries:
            if f"{here}/".startswith(f"{there}/") or here in _reached(there, leads):
                yield Finding(
                    "GEN405",
                    place,
                    f"{there} leads back to {here}, and Kustomize does not allow cycles",
                    "name only folders that do not need this one",
                )


def _reached(folder: str, leads: Mapping[str, list[tuple[str, Place]]]) -> set[str]:
    """The folders that a folder leads to, over others too."""
    reached, queue = set[str](), [folder]
    for here in queue:  # grows while it is walked
        new = {there for there, _ in leads.get(here, ())} - reached
        reached |= new
        queue += sorted(new)
    return reached


def _layer(way: Walk, folder: str) -> Reading[Layer]:
    """Reads one folder's kustomization and the files that it names."""
    path = kustomization(way.sources, folder)
    if path is None:
        raise ValueError(f"{folder} has no kustomization, and nothing may lead there")
    yield from doubles(way.sources, folder, path)
    content = yield from read_kustomization(path, way.sources.files[path])
    layer, place = Layer(path, content or {}), Place(path)
    if content is None:
        return layer
    yield from obeyed(place, content)
    for index, entry in enumerate(content.get("resources") or []):
        yield from _resource(way, layer, folder, entry, place.at("resources", index))
    for index, entry in enumerate(content.get("components") or []):
        spot = place.at("components", index)
        if (there := (yield from _local(folder, entry, spot))) is None:
            continue
        if kustomization(way.sources, there):
            layer.components.append((spot, there))
        else:
            yield _unread(there, spot)
    for index, said in enumerate(content.get("patches") or []):
        patch = yield from _patch(way, folder, place.at("patches", index), said)
        layer.patches.append(patch)
    yield from _generated(way, folder, place, content)
    return layer


def _generated(
    way: Walk, folder: str, place: Place, content: Mapping[str, Any]
) -> Iterator[Finding]:
    """Reads what ConfigMaps and Secrets are generated from."""
    sizes = generators.sizes(content)
    for spot, entry in generated(place.path, content):
        file = yield from _file(way, folder, entry, spot)
        if file is None:
            continue
        sizes[spot.route[:2]] += len(way.sources.files[file])
        text = way.sources.files[file].decode(errors="replace")
        if spot.route[0] == "configMapGenerator":
            way.literals.append((Place(file, mark=Mark(1, 1)), text))
        if spot.route[2] != "files":
            yield from generators.environment(spot, text)
    way.literals += generators.literals(place, content)
    yield from generators.too_large(place, sizes)


def _resource(way: Walk, layer: Layer, folder: str, entry: str, place: Place) -> Iterator[Finding]:
    path = yield from _local(folder, entry, place)
    if path is None:
        return
    if path in way.sources.files:
        if (yield from _below(way, path, folder, place)):
            layer.resources.append((place, (yield from _manifests(way, path))))
    elif kustomization(way.sources, path):
        layer.resources.append((place, path))
    else:
        yield _unread(path, place)


def _unread(path: str, place: Place) -> Finding:
    return Finding("GEN401", place, f"there is no {path} that gen can read", _UNREAD)


def _patch(way: Walk, folder: str, place: Place, said: Mapping[str, Any]) -> Reading[Patch]:
    """Reads a patch, in a file or in place, and refuses in it what is refused in manifests."""
    (file, text, there), unreadable = outcome(_patched(way, folder, place, said))
    yield from unreadable or patches.wrong(place, said, text, there)
    for where, document in there:
        yield from obeyed(where, document, inside=not file)
    return Patch(place, said, there)


def _patched(
    way: Walk, folder: str, place: Place, said: Mapping[str, Any]
) -> Reading[tuple[str | None, str, list[tuple[Place, Any]]]]:
    """The file of a patch, None where it stands in place; its text; its documents."""
    file = None
    if said.get("path"):
        file = yield from _file(way, folder, said["path"], place.at("path"))
    if file is None:
        text, where = said.get("patch") or "", place.at("patch")
        documents = yield from _inline(text, where)
        return None, text, [(where, document) for document in documents]
    raw = way.sources.files[file]
    documents = yield from read_documents(file, raw)
    there = [(Place(file, document=n), document) for n, document in enumerate(documents)]
    return file, raw.decode(errors="replace"), there


def _inline(text: str, place: Place) -> Reading[list[Any]]:
    documents, told = outcome(read_documents(place.path, text.strip().encode()))
    for finding in told:
        line = finding.place.mark.line if finding.place.mark else 1
        message = f"in line {line} of this patch: {finding.message}"
        yield Finding(finding.code, place, message, finding.hint)
    return documents


def _file(way: Walk, folder: str, entry: str, place: Place) -> Reading[str | None]:
    """The repository path of a file that is read, if gen reads it too."""
    path = yield from _local(folder, entry, place)
    if path is None:
        return None
    if path not in way.sources.files:
        yield Finding("GEN401", place, f"there is no file {path} that gen can read", _UNREAD)
        return None
    return path if (yield from _below(way, path, folder, place)) else None


def _below(way: Walk, path: str, folder: str, place: Place) -> Reading[bool]:
    """Whether Kustomize reads a file from this folder, and git has its content."""
    if way.sources.files[path].startswith(POINTERS):
        yield Finding(
            "GEN408",
            place,
            f"{path} is a pointer of Git LFS: git itself has no content of it to publish",
            "take it out of Git LFS (`git lfs untrack`), or keep it elsewhere",
        )
        return False
    if path.startswith(f"{folder}/"):
        return True
    yield Finding(
        "GEN405",
        place,
        f"{path} is outside of {folder}, and Kustomize reads no file from there",
        "put the file beside the kustomization, or give its folder one and name the folder",
    )
    return False


def _local(folder: str, entry: str, place: Place) -> Reading[str | None]:
    """The repository path of an entry, if it stays among the bases and components."""
    path = posixpath.normpath(posixpath.join(folder, entry))
    fetched = ":" in entry or "?" in entry or entry.startswith(("git@", "github.com"))
    if not fetched and (path + "/").startswith((BASES, COMPONENTS)):
        return path
    yield Finding(
        "GEN402",
        place,
        f"`{entry[:60]}` is not a file of this repository's {BASES} or {COMPONENTS}",
        "copy what you need beside the base; nothing is fetched",
    )
    return None


def _manifests(way: Walk, path: str) -> Reading[list[Manifest]]:
    manifests = []
    documents = yield from read_documents(path, way.sources.files[path])
    for number, document in enumerate(documents):
        place = Place(path, document=number)
        if document is None:
            continue
        wrong = unusual(place, document)
        if wrong is None:
            yield from obeyed(place, document)
            manifests.append((place, document))
        else:
            yield Finding("GEN405", *wrong)
    return manifests
