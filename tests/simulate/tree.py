"""The objects that Argo CD would apply: of each Application its folder, built as Kustomize builds it.

Only what a kustomization of the tree says is read; anything else is `Unread`.
"""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from tests.mesh.kubelet import Object, read
from tests.simulate import only

Tree = Mapping[str, str]  # path → text
KNOWN = {
    "apiVersion",
    "kind",
    "resources",
    "namespace",
    "nameSuffix",
    "labels",
    "images",
    "patches",
    "replacements",
}
ACCOUNT = ("spec", "template", "spec", "serviceAccountName")


def objects(tree: Tree) -> list[Object]:
    """All objects of an output tree, Application by Application."""
    folders = [
        item["spec"]["source"]["path"]
        for path in sorted(tree)
        if path.startswith("argocd/applications/")
        for item in read(tree[path])
        if item["kind"] == "Application"
    ]
    return [item for folder in folders for item in built(tree, folder)]


def built(tree: Tree, folder: str) -> list[Object]:
    """The objects of a folder. Kustomize's order: resources, patches, replacements, labels,
    namespace and names."""
    (said,) = read(tree[f"{folder}/kustomization.yaml"])
    only(said, KNOWN, folder)
    found = [item for name in said.get("resources", ()) for item in _resource(tree, folder, name)]
    for patch in said.get("patches", ()):
        _patch(tree, folder, found, patch)
    for replacement in said.get("replacements", ()):
        _replace(found, replacement)
    for labels in said.get("labels", ()):
        _label(found, labels)
    for item in found:
        if "namespace" in said and item["kind"] != "Namespace":
            item["metadata"]["namespace"] = said["namespace"]
    if suffix := said.get("nameSuffix"):
        _rename(found, suffix)
    return found


def _resource(tree: Tree, folder: str, name: str) -> list[Object]:
    path = posixpath.normpath(posixpath.join(folder, name))
    if f"{path}/kustomization.yaml" in tree:
        return built(tree, path)
    return copy.deepcopy(read(tree[path]))


def _patch(tree: Tree, folder: str, found: list[Object], patch: Object) -> None:
    """A strategic merge, of maps alone: what the tree's patches of workloads hold here."""
    only(patch, {"path", "patch", "target"}, folder)
    text = patch["patch"] if "patch" in patch else tree[posixpath.join(folder, patch["path"])]
    for body in read(text):
        target = patch.get("target") or {"kind": body["kind"], "name": body["metadata"]["name"]}
        only(target, {"group", "kind", "name"}, folder)
        for item in found:
            if _is(item, target):
                _merge(item, {key: value for key, value in body.items() if key != "metadata"})


def _replace(found: list[Object], said: Object) -> None:
    """A text from one object in others, whose fields are made where they are not."""
    only(said["source"], {"kind", "name", "fieldPath"}, "a source")
    (source,) = (item for item in found if _is(item, said["source"]))
    *way, last = said["source"]["fieldPath"].split(".")
    value = _at(source, tuple(way))[last]
    for target in said["targets"]:
        only(target, {"select", "fieldPaths", "options"}, "a replacement")
        for item in found:
            for path in target["fieldPaths"] if _is(item, target["select"]) else ():
                *way, last = path.split(".")
                _at(item, tuple(way))[last] = value


def _is(item: Object, said: Object) -> bool:
    return item["kind"] == said["kind"] and said.get("name") in (None, item["metadata"]["name"])


def _merge(into: Object, more: Object) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _label(found: list[Object], labels: Object) -> None:
    only(labels, {"pairs", "fields", "includeTemplates"}, "labels")
    for item in found:
        routes = [("metadata", "labels")]
        if labels.get("includeTemplates") and "template" in item.get("spec", ()):
            routes.append(("spec", "template", "metadata", "labels"))
        fields = [one for one in labels.get("fields", ()) if one.get("kind") == item["kind"]]
        routes += [tuple(one["path"].split("/")) for one in fields]
        for route in routes:
            _at(item, route).update(labels["pairs"])


def _at(item: Object, route: tuple[str, ...]) -> Object:
    for key in route:
        item = item.setdefault(key, {})
    return item


def _rename(found: list[Object], suffix: str) -> None:
    """Names, and the accounts that workloads name."""
    accounts = {item["metadata"]["name"] for item in found if item["kind"] == "ServiceAccount"}
    for item in found:
        if item["kind"] != "Namespace":
            item["metadata"]["name"] += suffix
        *way, last = ACCOUNT
        holder: Any = item
        for key in way:
            holder = holder.get(key) or {}
        if holder.get(last) in accounts:
            holder[last] += suffix


def named(found: list[Object]) -> Iterator[tuple[tuple[str, str, str], Object]]:
    """Objects by (kind, namespace, name)."""
    for item in found:
        metadata = item["metadata"]
        yield (item["kind"], metadata.get("namespace", ""), metadata["name"]), item
