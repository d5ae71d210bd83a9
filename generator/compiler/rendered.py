"""What Kustomize made of a unit, held against what gen tells of it.

Nothing here is taken from the printed kustomizations: what must be there is asked of the plan
again, and what is there is read from the objects that would be applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml

from generator.manifests.images import without_version
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.vocabulary import names

Object = Mapping[str, Any]
Kind = tuple[str, str]  # group, kind
_POD_SPECS = {"CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": ()}
_TEMPLATE = ("spec", "template")
_PODS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod")
_SCALED = ("Deployment", "StatefulSet")
_CONTAINERS = ("initContainers", "containers")
_HASHED = ("ConfigMap", "Secret")  # whose generated names end with a hash of their content
_HASH = re.compile(r"-[a-z0-9]{10}$")
_AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")
_TARGETS = ("scaleTargetRef", "targetRef")


@dataclass(frozen=True, slots=True)
class Surprise:
    """One thing that would be applied and is not what gen tells; `service` is whose it is."""

    service: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A unit, and the objects that Kustomize makes of it."""

    plan: Plan
    unit: Unit
    objects: Sequence[Object]

    @property
    def namespace(self) -> str:
        return self.plan.environments[self.unit.environment].namespace

    def of(self, service: str) -> list[Object]:
        return [manifest for manifest in self.objects if service_of(manifest) == service]


class _Reader(yaml.CSafeLoader):
    """Kustomize's own output: dates, `=` and `<<` are texts to it."""


_Reader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.rpartition(":")[2] not in ("timestamp", "value", "merge")
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str | bytes) -> list[Object]:
    """The objects of a stream that Kustomize or gen printed."""
    documents = yaml.load_all(text, Loader=_Reader)  # a safe loader with fewer types
    return [document for document in documents if document is not None]


def identity(manifest: Object) -> tuple[str, str, str, str]:
    """(group, kind, namespace, name): what an API server tells objects apart by."""
    metadata = manifest["metadata"]
    return (*kind_of(manifest), metadata.get("namespace", ""), metadata["name"])


def kind_of(manifest: Object) -> Kind:
    return manifest["apiVersion"].rpartition("/")[0], manifest["kind"]


def service_of(manifest: Object) -> str | None:
    label = _labels(manifest).get("app.kubernetes.io/name")
    return label if isinstance(label, str) else None


def called(manifest: Object) -> str:
    """An object in words."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def surprises(rendered: Rendered, allowed: Iterable[Kind]) -> Iterator[Surprise]:
    """All that differs from what the plan says, and what the unit's AppProject refuses."""
    kinds = frozenset(allowed)
    seen: set[tuple[str, str, str, str]] = set()
    for manifest in rendered.objects:
        key = identity(manifest)
        if key in seen:
            yield Surprise(service_of(manifest), f"{called(manifest)} is there twice")
        seen.add(key)
        if kind_of(manifest) not in kinds:
            yield Surprise(
                service_of(manifest),
                f"the AppProject does not allow a {manifest['kind']} of {key[0]}",
            )
        for rule in _OF_OBJECTS:
            for message in rule(rendered, manifest):
                yield Surprise(service_of(manifest), f"{called(manifest)}: {message}")
    for service in rendered.plan.runs[rendered.unit]:
        for ask in _OF_SERVICES:
            for message in ask(rendered, service):
                yield Surprise(service, message)


def _place(rendered: Rendered, manifest: Object) -> Iterator[str]:
    namespace = manifest["metadata"].get("namespace")
    if namespace != rendered.namespace:
        yield f"stands in the namespace {namespace}, not in {rendered.namespace}"
    branch, name = rendered.unit.branch, manifest["metadata"]["name"]
    if manifest["kind"] in _HASHED:
        name = _HASH.sub("", name)
    if branch is not None and not name.endswith(f"-{branch}"):
        yield f"has no suffix -{branch}, so it is the baseline's or another branch's object"


def _owner(rendered: Rendered, manifest: Object) -> Iterator[str]:
    service = service_of(manifest)
    if service not in rendered.plan.runs[rendered.unit]:
        yield f"its label app.kubernetes.io/name is {service}, which the unit does not run"
        return
    wanted = objects.labels(rendered.plan) | objects.selector(str(service), rendered.unit)
    yield from _differing("label", wanted, _labels(manifest))


def _pods(rendered: Rendered, manifest: Object) -> Iterator[str]:
    template, service = _template(manifest), service_of(manifest)
    run = rendered.plan.runs[rendered.unit].get(service or "")
    if template is None or service is None or run is None or run.untouched:
        return
    wanted = objects.selector(service, rendered.unit)
    yield from _differing("pods' label", wanted, _labels(template))
    account = rendered.plan.account(service, rendered.unit)
    spec = template.get("spec") or {}
    if spec.get("serviceAccountName") != account:
        yield f"its pods run as {spec.get('serviceAccountName')}, not as {account}"
    selector = (manifest.get("spec") or {}).get("selector") or {}
    if manifest["kind"] not in ("Job", "CronJob"):
        chosen = selector.get("matchLabels") or {}
        yield from _differing("selector", chosen, _labels(template))
        if not run.adopted and not wanted.items() <= chosen.items():
            yield "its selector fits pods of other units"
    beside = rendered.plan.adopted(service, rendered.unit.environment)
    if beside and not run.adopted and beside.selector.items() <= _labels(template).items():
        yield f"the Service {service} of {rendered.unit.environment} finds its pods"


def _versions(rendered: Rendered, manifest: Object) -> Iterator[str]:
    service = service_of(manifest)
    run = rendered.plan.runs[rendered.unit].get(service or "")
    if run is None or service is None:
        return
    image, own = _image(rendered, service), rendered.plan.services[service].image
    version = f"{image}@{run.digest}" if run.digest else f"{image}:{run.tag}"
    for container in _containers(manifest):
        text = str(container.get("image"))
        if without_version(text) in (image, own) and text != version:
            yield f"container {container.get('name')} runs {text}, not {version}"
        elif text == without_version(text):
            yield f"container {container.get('name')} runs {text} without a version"


def _variables(_: Rendered, manifest: Object) -> Iterator[str]:
    for container in _containers(manifest):
        known: set[str] = set()
        for entry in container.get("env") or ():
            name = entry.get("name")
            if name in known:
                yield f"container {container.get('name')} has the variable {name} twice"
            if entry.get("value") and entry.get("valueFrom"):
                yield f"container {container.get('name')}: {name} has a value and `valueFrom`"
            known.add(name)


def _references(rendered: Rendered, manifest: Object) -> Iterator[str]:
    """An autoscaler of another unit would scale that one."""
    if manifest["kind"] not in _AUTOSCALERS:
        return
    kind, name = _target(manifest)
    own = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    if (kind, name) not in own:
        yield f"it scales the {kind} {name}, which this unit does not bring"


def _serving(rendered: Rendered, service: str) -> Iterator[str]:
    """The Service must find pods of this unit alone, and pods that run the version."""
    ports = rendered.plan.services[service].ports
    kept = rendered.plan.runs[rendered.unit][service].adopted
    wanted = kept.selector if kept else objects.serving(service, rendered.unit)
    name = names.kubernetes_name(service, rendered.unit.branch)
    mine = rendered.of(service)
    own = [each for each in mine if each["kind"] == "Service" and each["metadata"]["name"] == name]
    if ports and not own:
        yield f"there is no Service {name}"
    for manifest in own:
        selector = manifest["spec"].get("selector") or {}
        if not wanted.items() <= selector.items():
            yield f"the Service {name} selects more than the unit's own pods"
        behind = [
            each
            for each in rendered.objects
            if (template := _template(each)) and selector.items() <= _labels(template).items()
        ]
        if not behind:
            yield f"the Service {name} has no pods behind it"
        for each in behind:
            yield from _without_version(rendered, service, each)


def _image(rendered: Rendered, service: str) -> str:
    """The image that the unit runs of a service, without its version."""
    run = rendered.plan.runs[rendered.unit][service]
    return run.image or rendered.plan.services[service].image


def _without_version(rendered: Rendered, service: str, workload: Object) -> Iterator[str]:
    image = _image(rendered, service)
    if not any(without_version(str(each.get("image"))) == image for each in _containers(workload)):
        yield f"{called(workload)} answers requests of {service} and does not run its image"


def _replicas(rendered: Rendered, service: str) -> Iterator[str]:
    """Where some workloads of the image answer requests, `replicas` is about those alone."""
    run = rendered.plan.runs[rendered.unit][service]
    believed = [each for each in rendered.plan.bases[service].workloads if each.container]
    scaled = [each for each in believed if each.kind in _SCALED]
    scaled = [each for each in scaled if each.serves] or scaled
    names_of = {
        (each.kind, names.kubernetes_name(each.name, rendered.unit.branch)) for each in scaled
    }
    targets = {_target(each) for each in rendered.of(service) if each["kind"] in _AUTOSCALERS}
    for manifest in rendered.of(service) if run.replicas is not None else ():
        key = (manifest["kind"], manifest["metadata"]["name"])
        count = (manifest.get("spec") or {}).get("replicas")
        if key in names_of - targets and count != run.replicas:
            yield f"{called(manifest)} says replicas: {count}, not {run.replicas}"


def _target(scaler: Object) -> tuple[str, str]:
    spec = scaler.get("spec") or {}
    target: Object = next((spec[key] for key in _TARGETS if key in spec), {})
    return target.get("kind", "Deployment"), str(target.get("name"))


def _believed(rendered: Rendered, service: str) -> Iterator[str]:
    """Each workload that gen knows of the base is there under the unit's name."""
    branch = rendered.unit.branch
    there = {(each["kind"], each["metadata"]["name"]) for each in rendered.of(service)}
    for workload in rendered.plan.bases[service].workloads:
        name = names.kubernetes_name(workload.name, branch)
        if (workload.kind, name) not in there:
            yield f"there is no {workload.kind} {name}"


def _environment(rendered: Rendered, service: str) -> Iterator[str]:
    """What the unit sets is what the container gets that runs the service's image."""
    run, image = rendered.plan.runs[rendered.unit][service], _image(rendered, service)
    for manifest in rendered.of(service):
        spec = (_template(manifest) or {}).get("spec") or {}
        own = (
            each
            for each in spec.get("containers") or ()
            if without_version(str(each.get("image"))) == image
        )
        for container in islice(own, 1):
            given = {each.get("name"): each.get("value") for each in container.get("env") or ()}
            for name, value in run.env.items():
                if given.get(name) != value:
                    where = f"{called(manifest)}, container {container.get('name')}"
                    yield f"{where}: {name} is {given.get(name)}, not {value}"


_OF_OBJECTS: tuple[Callable[[Rendered, Object], Iterator[str]], ...] = (
    _place,
    _owner,
    _pods,
    _versions,
    _variables,
    _references,
)
_OF_SERVICES: tuple[Callable[[Rendered, str], Iterator[str]], ...] = (
    _serving,
    _replicas,
    _believed,
    _environment,
)


def _differing(what: str, wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for key, value in wanted.items():
        if there.get(key) != value:
            yield f"its {what} {key} is {there.get(key)}, not {value}"


def _labels(manifest: Object) -> Mapping[str, Any]:
    return (manifest.get("metadata") or {}).get("labels") or {}


def _template(manifest: Object) -> Object | None:
    if manifest["kind"] not in _PODS:
        return None
    node: Any = manifest
    for key in _POD_SPECS.get(manifest["kind"], _TEMPLATE):
        node = (node or {}).get(key)
    return node if isinstance(node, Mapping) else None


def _containers(manifest: Object) -> list[Mapping[str, Any]]:
    spec = ((_template(manifest) or {}).get("spec")) or {}
    return [container for key in _CONTAINERS for container in spec.get(key) or ()]
