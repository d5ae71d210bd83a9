"""What the hand-written Kustomize bases and components hold.

Kustomize input is code: it can fetch, execute and reach out of its folder. So a base may use only the fields
listed here, and only files beside it in `overlays/base` and `overlays/components`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.compiler.load import Project
from generator.compiler.shape import did_you_mean
from generator.compiler.yaml_reader import read_manifests
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Base, Workload
from generator.vocabulary.source import Mark, Place

BASES = "overlays/base/"
COMPONENTS = "overlays/components/"

_FIELDS = frozenset(
    "apiVersion kind metadata resources components patches labels commonLabels commonAnnotations images replicas "
    "namePrefix configMapGenerator secretGenerator generatorOptions".split()
)
_POD_SPECS = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SERVERS = ("Deployment", "StatefulSet", "DaemonSet")  # a job's pods are never a service's endpoints
_MAGIC = ("argocd.argoproj.io/", "helm.sh/")


@dataclass(slots=True)
class Bases:
    """What bases (by service) and components hold."""

    of: dict[str, Base] = field(default_factory=dict)
    components: dict[str, Base] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """One walk from a kustomization down to all that it reads."""

    project: Project
    found: list[Finding]
    manifests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    generated: set[tuple[str, str]] = field(default_factory=set)


def read_bases(project: Project, found: list[Finding]) -> Bases:
    """The bases of all services and all components that there are, with what is wrong in them."""
    bases = Bases()
    for folder in sorted({path.removeprefix(COMPONENTS).split("/")[0] for path in project.sources.below(COMPONENTS) if path.count("/") > 2}):
        walk = _walked(project, COMPONENTS + folder, found)
        bases.components[folder] = Base((), False, tuple(sorted(walk.folders)), _kinds(walk))
    used = {service for group in (project.environments, project.branches) for unit in group.values() for service in unit.runs}  # type: ignore[attr-defined]
    for name in sorted(used & set(project.services)):
        if not _kustomization(project, BASES + name):
            place = project.place("service", name)
            found.append(Finding("GEN401", place, f"{name} runs, but there is no {BASES}{name}/kustomization.yaml", f"write its workload there (`gen new service {name}` shows one)"))
            continue
        bases.of[name] = _base(project, name, found)
    _runs(project, bases, found)
    return bases


def _runs(project: Project, bases: Bases, found: list[Finding]) -> None:
    for kind, group in (("environment", project.environments), ("branch", project.branches)):
        for key, unit in group.items():
            for service, run in unit.runs.items():
                for index, component in enumerate(run.components):
                    if component not in bases.components:
                        place = project.place(kind, key).at("runs", service, "components", index)
                        found.append(Finding("GEN401", place, f"there is no {COMPONENTS}{component}/", did_you_mean(component, bases.components)))


def _kustomization(project: Project, folder: str) -> str | None:
    return next((path for name in ("kustomization.yaml", "kustomization.yml", "Kustomization") if (path := f"{folder}/{name}") in project.sources.files), None)


def _walked(project: Project, folder: str, found: list[Finding]) -> _Walk:
    walk = _Walk(project, found)
    _folder(walk, folder)
    return walk


def _folder(walk: _Walk, folder: str) -> None:
    if folder in walk.folders:
        return
    walk.folders.add(folder)
    path = _kustomization(walk.project, folder)
    if path is None:
        walk.found.append(Finding("GEN401", Place(f"{folder}/kustomization.yaml", mark=Mark(1, 1)), "there is no kustomization.yaml in this folder", "add one, or delete the folder"))
        return
    documents = read_manifests(path, walk.project.sources.files[path], walk.found)
    content = documents[0] if len(documents) == 1 and isinstance(documents[0], dict) else {}
    _fields(walk, path, content)
    for key in ("resources", "components"):
        for index, entry in enumerate(_list(content.get(key))):
            _resource(walk, folder, str(entry), Place(path).at(key, index))
    walk.generated |= {("", kind) for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")) if content.get(key)}
    for place, entry in _files(path, content):
        _local(walk, folder, entry, place)


def _fields(walk: _Walk, path: str, content: Mapping[str, Any]) -> None:
    for key in content:
        if key not in _FIELDS:
            walk.found.append(Finding("GEN402", Place(path).key(key), f"`{key[:40]}` is not allowed in a base", f"use only {', '.join(sorted(_FIELDS))}"))
    for annotation in content.get("commonAnnotations") or {} if isinstance(content.get("commonAnnotations"), dict) else ():
        if annotation.startswith(_MAGIC):
            walk.found.append(Finding("GEN402", Place(path).key("commonAnnotations", annotation), "annotations of Argo CD and Helm are gen's to set", "delete it"))


def _files(path: str, content: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Files that patches and generators read."""
    for index, patch in enumerate(_list(content.get("patches"))):
        if isinstance(patch, dict) and "path" in patch:
            yield Place(path).at("patches", index, "path"), str(patch["path"])
    for key in ("configMapGenerator", "secretGenerator"):
        for index, generator in enumerate(_list(content.get(key))):
            for source in ("files", "envs"):
                for position, entry in enumerate(_list(generator.get(source)) if isinstance(generator, dict) else ()):
                    yield Place(path).at(key, index, source, position), str(entry).partition("=")[2] or str(entry)
            if isinstance(generator, dict) and "env" in generator:
                yield Place(path).at(key, index, "env"), str(generator["env"])


def _local(walk: _Walk, folder: str, entry: str, place: Place) -> str | None:
    """The repository path of an entry, if it stays among the bases and components."""
    path = posixpath.normpath(posixpath.join(folder, entry))
    if "://" in entry or entry.startswith(("/", "git@", "github.com")) or "?" in entry or not (path + "/").startswith((BASES, COMPONENTS)):
        walk.found.append(Finding("GEN402", place, f"`{entry[:60]}` is not a file of this repository's {BASES} or {COMPONENTS}", "copy what you need beside the base; nothing is fetched"))
        return None
    return path


def _resource(walk: _Walk, folder: str, entry: str, place: Place) -> None:
    path = _local(walk, folder, entry, place)
    if path is None:
        return
    if path in walk.project.sources.files:
        for document in read_manifests(path, walk.project.sources.files[path], walk.found):
            if isinstance(document, dict):
                walk.manifests.append((path, document))
                _annotations(walk, path, document)
    elif _kustomization(walk.project, path):
        _folder(walk, path)
    else:
        walk.found.append(Finding("GEN401", place, f"there is no {path} that gen can read", "check the path, or add the file"))


def _annotations(walk: _Walk, path: str, document: Mapping[str, Any]) -> None:
    metadata = document.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for annotation in annotations if isinstance(annotations, dict) else ():
        if annotation.startswith(_MAGIC):
            walk.found.append(Finding("GEN402", Place(path).key("metadata", "annotations", annotation), "annotations of Argo CD and Helm are gen's to set", "delete it"))


def _base(project: Project, service: str, found: list[Finding]) -> Base:
    before = len(found)
    walk = _walked(project, BASES + service, found)
    image = project.services[service].image
    workloads, account = list[Workload](), False
    ports = {port.target_port or port.port for port in project.services[service].ports}
    open_ports: set[str] = set()
    for path, document in walk.manifests:
        kind, metadata = str(document.get("kind")), document.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if kind == "Service" and name == service:
            found.append(Finding("GEN404", Place(path).key("kind"), f"the Service `{service}` is emitted by gen from the catalogue", "delete it from the base; ports are declared in the service's file"))
        account = account or kind == "ServiceAccount" and name == service
        if kind in _POD_SPECS and isinstance(name, str):
            containers = _containers(document, _POD_SPECS[kind])
            if kind in _SERVERS and ports & _open_ports(containers):
                open_ports.add(name)
            workloads.append(Workload(str(document.get("apiVersion")), kind, name, _container(containers, image), kind in _SERVERS))
    if len(found) == before and not any(workload.container for workload in workloads):
        place = Place(_kustomization(project, BASES + service) or "", mark=Mark(1, 1))
        found.append(Finding("GEN403", place, f"no container of {BASES}{service} has the image {image}, so a tag would change nothing",
                             f"set `image: {image}` in the workload, without a tag", ((project.place("service", service).at("image"), "the catalogue's image"),)))
    # A worker beside the server answers nobody; where no workload says its ports, all of them may be servers.
    workloads = [replace(workload, serves=workload.serves and (workload.name in open_ports or not open_ports)) for workload in workloads]
    return Base(tuple(workloads), account, tuple(sorted(walk.folders)), _kinds(walk))


def _kinds(walk: _Walk) -> tuple[tuple[str, str], ...]:
    kinds = {(str(document.get("apiVersion")).rpartition("/")[0], str(document.get("kind"))) for _, document in walk.manifests}
    return tuple(sorted(kinds | walk.generated))


def _containers(document: Mapping[str, Any], keys: tuple[str, ...]) -> list[Mapping[str, Any]]:
    node: Any = document
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return [item for item in _list(node.get("containers")) if isinstance(item, dict)] if isinstance(node, dict) else []


def _container(containers: list[Mapping[str, Any]], image: str) -> str | None:
    return next((str(item.get("name")) for item in containers if _without_version(item.get("image")) == image), None)


def _open_ports(containers: list[Mapping[str, Any]]) -> set[Any]:
    return {port.get("containerPort") for item in containers for port in _list(item.get("ports")) if isinstance(port, dict) and isinstance(port.get("containerPort"), int)}


def _without_version(image: Any) -> str:
    text = str(image).partition("@")[0]
    head, colon, tail = text.rpartition(":")
    return head if colon and "/" not in tail else text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
