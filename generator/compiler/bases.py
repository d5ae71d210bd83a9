"""What the hand-written Kustomize bases and components hold, as far as gen must know it, and what they may not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.compiler.kustomization import BASES, COMPONENTS, KUSTOMIZATIONS, Walk, kustomization, walk
from generator.compiler.load import Project
from generator.compiler.nearest import did_you_mean
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Base, Workload
from generator.vocabulary.source import Mark, Place

_POD_SPECS = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SERVERS = ("Deployment", "StatefulSet", "DaemonSet")  # a job's pods are never a service's endpoints
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# What every environment gets from gen, or what is not a service's to bring: routes, policies, the cluster's own kinds.
_OTHERS = {
    "networking.istio.io": ("VirtualService", "Sidecar", "EnvoyFilter", "Gateway"),
    "security.istio.io": ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"),
    "argoproj.io": ("Application", "ApplicationSet", "AppProject"),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "admissionregistration.k8s.io": ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    "": ("Namespace", "Node", "PersistentVolume"),
}


@dataclass(slots=True)
class Bases:
    """What bases (by service) and components hold."""

    of: dict[str, Base] = field(default_factory=dict)
    components: dict[str, Base] = field(default_factory=dict)


def read_bases(project: Project, found: list[Finding]) -> Bases:
    """The bases of all services and all components that there are, with what is wrong in them."""
    bases, images = Bases(), {service.image for service in project.services.values()}
    used = {service for group in (project.environments, project.branches) for unit in group.values() for service in unit.runs}  # type: ignore[attr-defined]
    for name in sorted(used & set(project.services)):
        if not kustomization(project, BASES + name):
            place = project.place("service", name)
            found.append(Finding("GEN401", place, f"{name} runs, but there is no {BASES}{name}/kustomization.yaml", f"write its workload there (`gen new service {name}` shows one)"))
    for name in _folders(project, BASES):
        if name in project.services:
            bases.of[name] = _base(project, name, found)
        else:
            walk(project, BASES + name, found)
    for name in _folders(project, COMPONENTS):
        way = walk(project, COMPONENTS + name, found)
        bases.components[name] = Base((), False, tuple(sorted(way.folders)), _kinds(way), _selects_neighbours(way))
        _versions(way, images, {workload.container for base in bases.of.values() for workload in base.workloads}, found)
    _runs(project, bases, found)
    return bases


def _folders(project: Project, top: str) -> list[str]:
    """The folders right below bases or components that hold a kustomization."""
    return sorted({path.removeprefix(top).split("/")[0] for path in project.sources.below(top) if path.rpartition("/")[2] in KUSTOMIZATIONS and path.count("/") == 3})


def _runs(project: Project, bases: Bases, found: list[Finding]) -> None:
    for kind, group in (("environment", project.environments), ("branch", project.branches)):
        for key, unit in group.items():
            for service, run in unit.runs.items():
                for index, component in enumerate(run.components):
                    if component not in bases.components:
                        place = project.place(kind, key).at("runs", service, "components", index)
                        found.append(Finding("GEN401", place, f"there is no {COMPONENTS}{component}/", did_you_mean(component, bases.components)))


def _base(project: Project, service: str, found: list[Finding]) -> Base:
    before = len(found)
    way = walk(project, BASES + service, found)
    image = project.services[service].image
    workloads, account = list[Workload](), False
    ports = {port.target_port or port.port for port in project.services[service].ports}
    open_ports: set[str] = set()
    for place, document in way.manifests:
        kind, name = document["kind"], document["metadata"]["name"]
        if kind in _OTHERS.get(document["apiVersion"].rpartition("/")[0], ()):
            found.append(Finding("GEN404", place.key("kind"), f"a {kind} is not a service's to bring", "delete it from the base; routes, policies and namespaces are gen's, and what is the cluster's own is deployed apart"))
        if kind == "Service" and name == service:
            found.append(Finding("GEN404", place.key("kind"), f"the Service `{service}` is emitted by gen from the catalogue", "delete it from the base; ports are declared in the service's file"))
        account = account or kind == "ServiceAccount" and name == service
        if kind in _POD_SPECS:
            containers = _containers(document, _POD_SPECS[kind])
            if kind in _SERVERS and ports & _open_ports(containers):
                open_ports.add(name)
            workloads.append(Workload(document["apiVersion"], kind, name, _container(containers, image), kind in _SERVERS, not way.changes and _is_plain(document, _POD_SPECS[kind])))
    if len(found) == before and not any(workload.container for workload in workloads):
        place = Place(kustomization(project, BASES + service) or "", mark=Mark(1, 1))
        found.append(Finding("GEN403", place, f"no container of {BASES}{service} has the image {image}, so a tag would change nothing",
                             f"set `image: {image}` in the workload, without a tag", ((project.place("service", service).at("image"), "the catalogue's image"),)))
    if len(found) == before:
        _merged(way, found)
    # A worker beside the server answers nobody; where no workload says its ports, all of them may be servers.
    workloads = [replace(workload, serves=workload.serves and (workload.name in open_ports or not open_ports)) for workload in workloads]
    _versions(way, {image}, {workload.container for workload in workloads}, found)
    return Base(tuple(workloads), account, tuple(sorted(way.folders)), _kinds(way), _selects_neighbours(way))


def _merged(way: Walk, found: list[Finding]) -> None:
    """Each merge needs its object. Kustomize knows it by its name with prefixes too."""
    for place, patch in way.merges:
        kind, name = patch["kind"], patch["metadata"]["name"]
        known = [document["metadata"]["name"] for _, document in way.manifests if (document["apiVersion"], document["kind"]) == (patch["apiVersion"], kind)]
        if ("", kind) not in way.generated and not name.endswith(tuple(known)):
            found.append(Finding("GEN405", place, f"the base has no {kind} {name[:60]} of {patch['apiVersion'][:60]} to merge this into", did_you_mean(name, known)))


def _versions(way: Walk, own: set[str], containers: set[str | None], found: list[Finding]) -> None:
    """What a service runs is said by its unit's tag or digest: nothing below may say otherwise, and other images say their own."""
    pinned = {image.get("name") for _, image in way.images if image.get("newTag") or image.get("digest")}
    for place, image in way.images:
        if image.get("name") in own and image.get("newName"):
            found.append(Finding("GEN403", place.key("newName"), "the service's own image is renamed, so a tag would change nothing", "delete it; the catalogue names the image"))
    for place, document in way.manifests:
        for spot, image, _ in _images(place, document):
            if not _version(image) and image not in own | pinned:
                found.append(Finding("GEN406", spot, f"the image {image[:80]} has neither tag nor digest", "add one, so that the same commit runs the same thing"))
    for place, document in way.patches:
        for spot, image, container in _images(place, document):
            if container in containers - {None}:
                found.append(Finding("GEN403", spot, f"a patch changes the image of {container}, so a tag would change nothing", "delete it; tags stand in the unit's file"))
            elif not _version(image) and image not in pinned:
                found.append(Finding("GEN406", spot, f"the image {image[:80]} has neither tag nor digest", "add one, so that the same commit runs the same thing"))
        for index, operation in enumerate(_list(document)):
            if isinstance(operation, dict) and re.search(r"/containers(/[0-9]+)?(/image)?$", str(operation.get("path"))):
                found.append(Finding("GEN403", place if place.route else place.at(index, "path"), "a patch replaces the image of a container, so a tag would change nothing", "delete it; tags stand in the unit's file"))


def _images(place: Place, node: Any) -> Iterator[tuple[Place, str, Any]]:
    """(place, image, container's name) of every container below a node; places inside a patch's text are the text's."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        below = place if place.route[:1] == ("patches",) else place.at(key)
        added = [value] if key == "value" else []  # of an operation that adds one container
        for index, item in enumerate(_list(value) if key in _CONTAINERS else added):
            if isinstance(item, dict) and isinstance(item.get("image"), str):
                yield below if below is place else below.at("image") if added else below.at(index, "image"), item["image"], item.get("name")
        if key not in _CONTAINERS:
            yield from _images(below, value)


def _version(image: str) -> bool:
    return ":" in image.rpartition("/")[2]  # a digest has one too


def _kinds(way: Walk) -> tuple[tuple[str, str], ...]:
    kinds = {(document["apiVersion"].rpartition("/")[0], document["kind"]) for _, document in way.manifests}
    return tuple(sorted(kinds | way.generated))


def _is_plain(document: Mapping[str, Any], pod: tuple[str, ...]) -> bool:
    """Whether Kustomize finds the pods' labels and their spec in a workload, and what it would merge or clean up is not there."""
    labels, spec = _below(document, (*pod[:-1], "metadata", "labels")), _below(document, pod)
    known = names.matches(names.DNS_LABEL, document["metadata"]["name"]) and re.fullmatch(r"[a-z0-9.]+/v[a-z0-9]+", document["apiVersion"])
    return bool(known) and isinstance(labels, dict) and isinstance(spec, dict) and "gen/serves" not in labels and isinstance(spec.get("serviceAccountName", ""), str) and not _has_blanks(document)


def _has_blanks(node: Any) -> bool:
    return node is None or any(map(_has_blanks, node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()))


def _selects_neighbours(way: Walk) -> bool:
    """Whether a manifest or a patch holds a label selector, other than the one of its own pods."""
    return any(_holds(document, "labelSelector") for _, document in (*way.manifests, *way.patches))


def _holds(node: Any, word: str) -> bool:
    if isinstance(node, dict):
        return word in node or any(_holds(value, word) or key == "path" and word in str(value).split("/") for key, value in node.items())
    return isinstance(node, list) and any(_holds(item, word) for item in node)


def _below(node: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _containers(document: Mapping[str, Any], keys: tuple[str, ...]) -> list[Mapping[str, Any]]:
    return [item for item in _list(_below(document, (*keys, "containers"))) if isinstance(item, dict)]


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
