"""Kustomizations, read as what they are: code.

Kustomize can fetch, execute and reach out of its folder; it reads the first document of a file and
overlooks the others, takes `Path` for `path`, and expands lists. So a base may hold only what is
listed here, spelled like this, and name only files of `overlays/base` and `overlays/components`
that gen reads as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.manifests import generators
from generator.manifests.generators import GENERATORS
from generator.manifests.reading import read_documents
from generator.manifests.rules.rule import Check
from generator.manifests.rules.syntax import (
    annotation_key,
    between,
    both,
    keys,
    label_key,
    label_value,
    values,
    written_key,
)
from generator.manifests.rules.syntax import image as image_reference
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.layout import KUSTOMIZATIONS
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Mark, Place, Sources

Keys = Mapping[str, type]

_VERSIONS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}
_OWN_LABELS = tuple(f"app.kubernetes.io/{name}" for name in ("name", "part-of", "managed-by"))
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
# What Kustomize puts an image together from, each with a whole reference that holds it.
_PARTS = {
    "newName": ("the name of an image", "{}:tag", "write it without tag and digest"),
    "newTag": ("a tag", "image:{}", "use letters, digits, `-`, `_` and `.`"),
    "digest": ("a digest", "image@{}", "write `sha256:` and 64 hexadecimal digits"),
}
_count = between(0, 2**31 - 1)
_labels = both(keys(label_key), keys(written_key), values(label_value))
_annotations = both(keys(annotation_key), keys(written_key))


@dataclass(frozen=True, slots=True)
class _Field:
    """What the value of a key is and, of a list, its items: of a type, or these mappings."""

    kind: type
    items: type | None = None
    keys: Keys | None = None


_GENERATOR: Keys = {
    "name": str,
    "namespace": str,
    "behavior": str,
    "env": str,
    "literals": list,
    "files": list,
    "envs": list,
    "options": dict,
}
_FIELDS: dict[str, _Field] = {
    "apiVersion": _Field(str),
    "kind": _Field(str),
    "metadata": _Field(
        dict, keys={"name": str, "namespace": str, "labels": dict, "annotations": dict}
    ),
    "commonLabels": _Field(dict),
    "commonAnnotations": _Field(dict),
    "generatorOptions": _Field(dict),
    "resources": _Field(list, str),
    "components": _Field(list, str),
    "labels": _Field(
        list, dict, {"pairs": dict, "includeSelectors": bool, "includeTemplates": bool}
    ),
    "images": _Field(list, dict, {"name": str, "newName": str, "newTag": str, "digest": str}),
    "replicas": _Field(list, dict, {"name": str, "count": int}),
    "patches": _Field(list, dict, {"path": str, "patch": str, "target": dict}),
    "configMapGenerator": _Field(list, dict, _GENERATOR),
    "secretGenerator": _Field(list, dict, {**_GENERATOR, "type": str}),
}
_TYPES = {
    str: "text",
    dict: "a mapping",
    list: "a list",
    int: "a whole number",
    bool: "true or false",
}


def fields() -> Iterator[tuple[str, str]]:
    """Every key that a kustomization may have, and what it holds."""
    for key, field in sorted(_FIELDS.items()):
        keys = ", ".join(f"`{name}`" for name in field.keys or ())
        yield key, f"{_TYPES[field.kind]} of {keys}" if keys else _TYPES[field.kind]


def doubles(sources: Sources, folder: str, path: str) -> Iterator[Finding]:
    """Kustomizations beside the one of this path."""
    for other in (f"{folder}/{name}" for name in KUSTOMIZATIONS):
        if other != path and other in sources.files:
            yield Finding(
                "GEN405",
                Place(other, mark=Mark(1, 1)),
                f"{path} is there already, and Kustomize takes no two",
                "keep one of the two files",
            )


def read_kustomization(path: str, raw: bytes) -> Reading[dict[str, Any] | None]:
    """What a kustomization says, or None with at least one finding."""
    documents, unreadable = outcome(read_documents(path, raw, objects=False))
    if unreadable:
        yield from unreadable
        return None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        what = (
            f"holds {len(documents)} documents, of which Kustomize reads the first"
            if len(documents) > 1
            else "is not a mapping"
        )
        hint = "write one document of `key: value` lines"
        yield _whole(path, f"the kustomization {what}", hint)
        return None
    content: dict[str, Any] = documents[0]
    says = [value for key, value in content.items() if key not in ("apiVersion", "kind")]
    if all(value in (None, "") for value in says):
        yield _whole(
            path,
            "the kustomization is empty, and Kustomize refuses an empty one",
            "say what it brings, or delete the folder and its name where it is used",
        )
        return None
    if misshapen := tuple(_shape(Place(path), content)):
        yield from misshapen
        return None
    yield from _kind(Place(path), content)
    yield from _says(Place(path), content)
    return content


def _whole(path: str, message: str, hint: str) -> Finding:
    return Finding("GEN405", Place(path, mark=Mark(1, 1)), message, hint)


def _shape(place: Place, content: Mapping[str, Any]) -> Iterator[Finding]:
    """Keys that are not allowed, or do not hold what Kustomize expects; `Resources` is `resources`
    to it, but not here."""
    for key, value in content.items():
        if (field := _FIELDS.get(key)) is None:
            yield Finding(
                "GEN402",
                place.key(key),
                f"`{key[:40]}` is not allowed in a base",
                f"use only {', '.join(sorted(_FIELDS))}",
            )
        elif value is not None and not _is(value, field.kind):
            yield _mistyped(place.at(key), f"`{key}`", field.kind)
        elif value is not None and field.items is not None:
            for index, item in enumerate(value):
                yield from _item(place.at(key, index), item, field)
        elif value is not None and field.keys is not None:
            yield from _item(place.at(key), value, field)


def _item(place: Place, item: Any, field: _Field) -> Iterator[Finding]:
    kind = field.items or dict
    if not _is(item, kind):
        yield _mistyped(place, "an entry here", kind)
        return
    if field.keys is None:
        return
    keys = field.keys
    for key, value in item.items():
        if key not in keys:
            yield Finding(
                "GEN402",
                place.key(key),
                f"`{key[:40]}` is not allowed here in a base",
                f"use only {', '.join(sorted(keys))}",
            )
        elif value is not None and not _is(value, keys[key]):
            yield _mistyped(place.at(key), f"`{key}`", keys[key])


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _mistyped(place: Place, what: str, kind: type) -> Finding:
    return Finding("GEN405", place, f"{what} must be {_TYPES[kind]}", f"write {_TYPES[kind]} here")


def _kind(place: Place, content: Mapping[str, Any]) -> Iterator[Finding]:
    kind = content.get("kind") or "Kustomization"
    version = content.get("apiVersion")
    if kind not in _VERSIONS:
        message = f"`{kind[:40]}` is not a kind of kustomization"
        hint = did_you_mean(kind, _VERSIONS)
        yield Finding("GEN405", place.at("kind"), message, hint)
    elif version and version != _VERSIONS[kind]:
        message = f"a {kind} is of {_VERSIONS[kind]}, not of `{version[:60]}`"
        yield Finding("GEN405", place.at("apiVersion"), message, "write that, or leave it out")


def _says(place: Place, content: Mapping[str, Any]) -> Iterator[Finding]:
    """Values that Kustomize does not take, or that part what gen emits from what people bring."""
    for key in GENERATORS:
        for index, generator in enumerate(content.get(key) or []):
            yield from generators.wrong(place.at(key, index), generator)
    yield from generators.options(
        place.at("generatorOptions"), content.get("generatorOptions") or {}
    )
    for key, check in (("commonLabels", _labels), ("commonAnnotations", _annotations)):
        yield from _pairs(place.at(key), content.get(key) or {}, check)
    for key, texts in (content.get("metadata") or {}).items():
        if isinstance(texts, dict):
            yield from generators.texts(place.at("metadata", key), texts)
    component, common = content.get("kind") == "Component", content.get("commonLabels") or {}
    yield from _selecting(place.at("commonLabels"), common, component)
    for index, label in enumerate(content.get("labels") or []):
        spot, pairs = place.at("labels", index, "pairs"), label.get("pairs") or {}
        yield from _pairs(spot, pairs, _labels)
        if label.get("includeSelectors") or label.get("includeTemplates"):
            within = component and bool(label.get("includeSelectors"))
            yield from _selecting(spot, pairs, within)
    for index, image in enumerate(content.get("images") or []):
        yield from _image(place.at("images", index), image)
    for index, said in enumerate(content.get("replicas") or []):
        yield from _replicas(place.at("replicas", index), said)


def _pairs(place: Place, pairs: Mapping[str, Any], check: Check) -> Iterator[Finding]:
    """Labels or annotations that Kustomize would write into every object."""
    wrong = tuple(generators.texts(place, pairs))
    yield from wrong
    for route, message, hint in () if wrong else check(pairs):
        yield Finding("GEN412", place.at(*route), f"`{place.route[-1]}` {message}", hint)


def _replicas(place: Place, said: Mapping[str, Any]) -> Iterator[Finding]:
    if said.get("count") is None:
        message = "without a `count`, Kustomize takes 0"
        yield Finding("GEN405", place, message, "say how many run")
    for _, message, hint in _count(said.get("count")):
        yield Finding("GEN412", place.at("count"), f"`count` {message}", hint)


def _image(place: Place, said: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _literal(place.at("name"), said.get("name"))
    for key, (what, whole, hint) in _PARTS.items():
        part = said.get(key) or ""
        if part and any(image_reference(whole.format(part))):
            message = f"`{key}` cannot be `{part[:60]}`: it is not {what}"
            yield Finding("GEN412", place.at(key), message, hint)


def _selecting(place: Place, pairs: Mapping[str, Any], component: bool) -> Iterator[Finding]:
    """Labels that go into selectors or pods: those that gen puts there are its own, and a component
    that is switched on may not change selectors, which cannot change in a cluster."""
    if component and pairs:
        message = "a component puts labels into selectors, which no cluster lets change"
        hint = "write `labels` without `includeSelectors`; `includeTemplates` reaches the pods"
        yield Finding("GEN402", place, message, hint)
        return
    for key in pairs:
        if key in _OWN_LABELS or key.startswith("gen/"):
            message = f"the label `{key[:60]}` in selectors or pods is gen's to set"
            yield Finding("GEN402", place.key(key), message, "delete it")


def _literal(place: Place, name: str | None) -> Iterator[Finding]:
    """Kustomize takes an image's name for an expression."""
    if not name:
        yield Finding("GEN405", place, "an image needs a `name`", "say which image is meant")
    elif not _IMAGE.fullmatch(name):
        message = f"Kustomize takes `{name[:60]}` for an expression that other images can fit"
        yield Finding("GEN405", place, message, "write the image's own name, without tag or digest")


def generated(path: str, content: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Files that generators read, each with the place that names it."""
    for key in GENERATORS:
        for index, generator in enumerate(content.get(key) or []):
            place = Place(path).at(key, index)
            for source in ("files", "envs"):
                for position, entry in enumerate(generator.get(source) or []):
                    yield place.at(source, position), str(entry).rpartition("=")[2]
            if generator.get("env"):
                yield place.at("env"), generator["env"]


def given_to_pods(content: Mapping[str, Any]) -> dict[str, str]:
    """Labels that a kustomization gives to the pods of all workloads."""
    labels = dict(content.get("commonLabels") or {})
    for entry in content.get("labels") or []:
        if entry.get("includeSelectors") or entry.get("includeTemplates"):
            labels |= entry.get("pairs") or {}
    return {str(key): str(value) for key, value in labels.items()}
