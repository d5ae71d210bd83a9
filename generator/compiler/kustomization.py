"""Kustomizations, read as what they are: code.

Kustomize can fetch, execute and reach out of its folder; it reads the first document of a file and overlooks the
others, takes `Path` for `path`, and expands lists. So a base may hold only what is listed here, spelled like this, and
name only files of `overlays/base` and `overlays/components` that gen reads as well.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.compiler import patches
from generator.compiler.load import Project
from generator.compiler.yaml_reader import read_manifests
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Mark, Place

BASES = "overlays/base/"
COMPONENTS = "overlays/components/"
MOST_FOLDERS = 32  # that one base may lead through

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GENERATOR = dict.fromkeys(("name", "namespace", "behavior", "type", "env"), str) | dict.fromkeys(("literals", "files", "envs"), list) | {"options": dict}
# Key → the type of its value, and of a list's items: a type, or their own keys.
_FIELDS: dict[str, tuple[type, Any]] = {
    "apiVersion": (str, None),
    "kind": (str, None),
    "metadata": (dict, None),
    "namePrefix": (str, None),
    "commonLabels": (dict, None),
    "commonAnnotations": (dict, None),
    "generatorOptions": (dict, None),
    "resources": (list, str),
    "components": (list, str),
    "labels": (list, {"pairs": dict, "includeSelectors": bool, "includeTemplates": bool}),
    "images": (list, {"name": str, "newName": str, "newTag": str, "digest": str}),
    "replicas": (list, {"name": str, "count": int}),
    "patches": (list, {"path": str, "patch": str, "target": dict}),
    "configMapGenerator": (list, _GENERATOR),
    "secretGenerator": (list, _GENERATOR),
}
_TYPES = {str: "text", dict: "a mapping", list: "a list", int: "a whole number", bool: "true or false"}
# Annotations and labels that Argo CD, Helm and Kustomize itself obey.
_MAGIC = ("argocd.argoproj.io/", "helm.sh/", "config.kubernetes.io/", "internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/")


@dataclass(slots=True)
class Walk:
    """One walk from a kustomization down to all that it reads. `manifests`, `patches` and, of these, `merges` without a target
    are (place, document)."""

    project: Project
    found: list[Finding]
    manifests: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    patches: list[tuple[Place, Any]] = field(default_factory=list)
    merges: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    images: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    generated: set[tuple[str, str]] = field(default_factory=set)
    changes: bool = False  # patches or names with prefixes: objects are not as their manifests say


def walk(project: Project, folder: str, found: list[Finding]) -> Walk:
    """All that the kustomization of a folder leads to, with what is wrong in it."""
    way, leads = Walk(project, found), dict[str, list[tuple[str, Place]]]()
    queue = [(folder, Place(f"{folder}/{KUSTOMIZATIONS[0]}", mark=Mark(1, 1)))]
    for here, named in queue:  # grows while it is walked
        if here in way.folders:
            continue
        if len(way.folders) == MOST_FOLDERS:
            found.append(Finding("GEN008", named, f"{folder} leads through more than {MOST_FOLDERS} folders", "put what belongs together into one folder"))
            break
        way.folders.add(here)
        leads[here] = list(_folder(way, here))
        queue += leads[here]
    for here, entries in leads.items():
        for there, place in entries:
            if f"{here}/".startswith(f"{there}/") or here in _reached(there, leads):
                found.append(Finding("GEN405", place, f"{there} leads back to {here}, and Kustomize goes round in no circle", "name only folders that do not need this one"))
    return way


def _reached(folder: str, leads: Mapping[str, list[tuple[str, Place]]]) -> set[str]:
    """The folders that a folder leads to, over others too."""
    reached, queue = set[str](), [folder]
    for here in queue:  # grows while it is walked
        new = {there for there, _ in leads.get(here, ())} - reached
        reached |= new
        queue += sorted(new)
    return reached


def kustomization(project: Project, folder: str) -> str | None:
    """The path of a folder's kustomization, if it has one."""
    return next((path for name in KUSTOMIZATIONS if (path := f"{folder}/{name}") in project.sources.files), None)


def _folder(way: Walk, folder: str) -> Iterator[tuple[str, Place]]:
    """Reads one folder's kustomization; the folders that it leads to."""
    path = kustomization(way.project, folder)
    assert path  # or nothing leads here
    for other in (f"{folder}/{name}" for name in KUSTOMIZATIONS):
        if other != path and other in way.project.sources.files:
            way.found.append(Finding("GEN405", Place(other, mark=Mark(1, 1)), f"{path} is there already, and Kustomize takes no two", "keep one of the two files"))
    content = _content(way, path)
    if content is None or not _shaped(way, path, content):
        return
    _magic(way, Place(path), content)
    way.images += [(Place(path).at("images", index), image) for index, image in enumerate(content.get("images") or [])]
    way.changes |= bool(content.get("patches") or content.get("namePrefix"))
    way.generated |= {("", kind) for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")) if content.get(key)}
    for key in ("resources", "components"):
        for index, entry in enumerate(content.get(key) or []):
            yield from _resource(way, folder, entry, Place(path).at(key, index))
    _patches(way, folder, path, content)
    for place, entry in _generated(path, content):
        _file(way, folder, entry, place)


def _content(way: Walk, path: str) -> dict[str, Any] | None:
    before = len(way.found)
    documents = read_manifests(path, way.project.sources.files[path], way.found)
    if len(way.found) > before:
        return None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        what = f"holds {len(documents)} documents, of which Kustomize reads the first" if len(documents) > 1 else "is no mapping"
        way.found.append(Finding("GEN405", Place(path, mark=Mark(1, 1)), f"the kustomization {what}", "write one document of `key: value` lines"))
        return None
    if all(value in (None, "") for key, value in documents[0].items() if key not in ("apiVersion", "kind")):
        way.found.append(Finding("GEN405", Place(path, mark=Mark(1, 1)), "the kustomization says nothing, and Kustomize takes none that is empty", "say what it brings, or delete the folder and its name where it is used"))
        return None
    return documents[0]


def _shaped(way: Walk, path: str, content: Mapping[str, Any]) -> bool:
    """Whether all keys are allowed and hold what Kustomize expects; `Resources` is `resources` to it, but not here."""
    before = len(way.found)
    for key, value in content.items():
        if key not in _FIELDS:
            way.found.append(Finding("GEN402", Place(path).key(key), f"`{key[:40]}` is not allowed in a base", f"use only {', '.join(sorted(_FIELDS))}"))
            continue
        kind, items = _FIELDS[key]
        if value is None:
            continue
        if not isinstance(value, kind):
            way.found.append(Finding("GEN405", Place(path).at(key), f"`{key}` must be {_TYPES[kind]}", f"write {_TYPES[kind]} here"))
        elif kind is list:
            for index, item in enumerate(value):
                _item(way, Place(path).at(key, index), item, items)
    return len(way.found) == before


def _item(way: Walk, place: Place, item: Any, wanted: Any) -> None:
    keys = wanted if isinstance(wanted, dict) else None
    kind = dict if keys is not None else wanted
    if not isinstance(item, kind):
        way.found.append(Finding("GEN405", place, f"an entry here must be {_TYPES[kind]}", f"write {_TYPES[kind]} here"))
        return
    for key, value in item.items() if keys is not None else ():
        if key not in keys:
            way.found.append(Finding("GEN402", place.key(key), f"`{key[:40]}` is not allowed here in a base", f"use only {', '.join(sorted(keys))}"))
        elif value is not None and not isinstance(value, keys[key]):
            way.found.append(Finding("GEN405", place.at(key), f"`{key}` must be {_TYPES[keys[key]]}", f"write {_TYPES[keys[key]]} here"))


def _magic(way: Walk, place: Place, node: Any, inside: bool = False) -> None:
    """Refuses every key with a meaning to Argo CD, Helm or Kustomize, however deep, and JSON pointers to one. `inside` a text
    that stands at `place`, the word is looked for from there on."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            _magic(way, place if inside else place.at(index), item, inside)
    elif isinstance(node, dict):
        for key, value in node.items():
            pointed = key in ("path", "from") and isinstance(value, str) and any(_unescaped(token).startswith(_MAGIC) for token in value.split("/"))
            if key.startswith(_MAGIC) or pointed:
                spot = replace(place, word=value if pointed else key) if inside else place.at(key) if pointed else place.key(key)
                way.found.append(Finding("GEN402", spot, "annotations and labels that Argo CD, Helm or Kustomize obey are gen's to set", "delete it"))
            _magic(way, place if inside else place.at(key), value, inside)


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _generated(path: str, content: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Files that generators read."""
    for key in ("configMapGenerator", "secretGenerator"):
        for index, generator in enumerate(content.get(key) or []):
            for source in ("files", "envs"):
                for position, entry in enumerate(generator.get(source) or []):
                    yield Place(path).at(key, index, source, position), str(entry).rpartition("=")[2]
            if generator.get("env"):
                yield Place(path).at(key, index, "env"), generator["env"]


def _patches(way: Walk, folder: str, path: str, content: Mapping[str, Any]) -> None:
    """Reads patches, in files and in place, and refuses in them what is refused in manifests."""
    for index, patch in enumerate(content.get("patches") or []):
        place, before = Place(path).at("patches", index), len(way.found)
        file = _file(way, folder, patch["path"], place.at("path")) if patch.get("path") else None
        if file:
            text = way.project.sources.files[file].decode(errors="replace")
            there = [(Place(file, document=number), document) for number, document in enumerate(_read(way, file))]
        else:
            text = patch.get("patch") or ""
            there = [(place.at("patch"), document) for document in _inline(way, text, place.at("patch"))]
        if len(way.found) == before:
            way.found += patches.wrong(place, patch, text, there)
        if patch.get("target") is None:
            way.merges += [(where, document) for where, document in there if isinstance(document, dict)]
        for where, document in there:
            _magic(way, where, document, inside=not file)
            way.patches.append((where, document))


def _inline(way: Walk, text: str, place: Place) -> list[Any]:
    scratch: list[Finding] = []
    documents = read_manifests(place.path, text.encode(), scratch)
    for finding in scratch:
        line = finding.place.mark.line if finding.place.mark else 1
        way.found.append(Finding(finding.code, place, f"in line {line} of this patch: {finding.message}", finding.hint))
    return documents


def _file(way: Walk, folder: str, entry: str, place: Place) -> str | None:
    """The repository path of a file that is read, if gen reads it too."""
    path = _local(way, folder, entry, place)
    if path is None or path in way.project.sources.files:
        return path
    way.found.append(Finding("GEN401", place, f"there is no file {path} that gen can read", "check the path, or add the file; names that start with '.' are not read"))
    return None


def _local(way: Walk, folder: str, entry: str, place: Place) -> str | None:
    """The repository path of an entry, if it stays among the bases and components."""
    path = posixpath.normpath(posixpath.join(folder, entry))
    if ":" in entry or "?" in entry or entry.startswith(("git@", "github.com")) or not (path + "/").startswith((BASES, COMPONENTS)):
        way.found.append(Finding("GEN402", place, f"`{entry[:60]}` is not a file of this repository's {BASES} or {COMPONENTS}", "copy what you need beside the base; nothing is fetched"))
        return None
    return path


def _resource(way: Walk, folder: str, entry: str, place: Place) -> Iterator[tuple[str, Place]]:
    path = _local(way, folder, entry, place)
    if path is None:
        return
    if path in way.project.sources.files:
        for number, document in enumerate(_read(way, path)):
            _manifest(way, Place(path, document=number), document)
    elif kustomization(way.project, path):
        yield path, place
    else:
        way.found.append(Finding("GEN401", place, f"there is no {path} that gen can read", "check the path, or add the file; names that start with '.' are not read"))


def _read(way: Walk, path: str) -> list[Any]:
    return read_manifests(path, way.project.sources.files[path], way.found)


def _manifest(way: Walk, place: Place, document: Any) -> None:
    if document is None:
        return
    metadata = document.get("metadata") if isinstance(document, dict) else None
    texts = [document.get("apiVersion"), document.get("kind"), metadata.get("name") if isinstance(metadata, dict) else None] if isinstance(document, dict) else []
    if isinstance(document, dict) and str(document.get("kind")).endswith("List"):
        way.found.append(Finding("GEN405", place.at("kind"), f"a {str(document['kind'])[:40]} is taken apart by Kustomize", "write its items as documents of their own, with `---` between them"))
    elif not texts or not all(isinstance(text, str) and text for text in texts):
        way.found.append(Finding("GEN405", place, "a manifest needs `apiVersion`, `kind` and `metadata.name`, each a text", "write a whole Kubernetes object here"))
    else:
        _magic(way, place, document)
        way.manifests.append((place, document))
