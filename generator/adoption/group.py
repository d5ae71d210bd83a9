"""Objects → services: which workloads answer under one name, and what belongs to them.

Who belongs to whom follows from what the objects say of each other: selectors, references, owners.
Nothing is told from names that look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption.items import Item
from generator.manifests.images import without_version
from generator.manifests.workloads import SERVERS, WORKLOADS, containers
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import below, listed, mapping, mappings

MOST_NAMED = 5


@dataclass(slots=True, eq=False)
class Group:
    """A service to be. `front` is the Service whose name and ports it takes; `services` are the
    others in front of it, `beside` is all else that belongs to it."""

    name: str
    workloads: list[Item]
    front: Item | None = None
    services: list[Item] = field(default_factory=list)
    beside: list[Item] = field(default_factory=list)

    @property
    def first(self) -> Item:
        return self.workloads[0]

    def objects(self) -> Iterator[Item]:
        """What its base brings."""
        yield from self.workloads
        yield from self.services
        yield from self.beside


@dataclass(frozen=True, slots=True)
class Left:
    """What is not taken, and why."""

    item: Item
    why: str


@dataclass(slots=True)
class Grouped:
    groups: list[Group] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    found: tuple[Finding, ...] = ()


def group(items: Iterable[Item]) -> Grouped:
    """The services among the workloads and Services of one environment; the rest of the objects is
    for `belongings`."""
    made = Grouped()
    made.found = tuple(_grouped(made, list(items)))
    return made


def _grouped(made: Grouped, items: list[Item]) -> Iterator[Finding]:
    workloads = [item for item in items if item.kind in WORKLOADS]
    of: dict[Item, Group] = {}
    services = [item for item in items if item.kind == "Service" and item.group == ""]
    pairs = [(service, _behind(service, workloads)) for service in services]
    pairs.sort(key=lambda pair: len(pair[1]))  # the narrowest first; the order is kept otherwise
    for service, behind in pairs:
        if behind:
            yield from _front(made, of, service, behind)
        else:
            yield from _podless(made, service)
    for workload in workloads:
        if workload not in of and not _joins(of, workload):
            of[workload] = Group(workload.name, [workload])
    made.groups = list(dict.fromkeys(of.values()))
    for one in made.groups:
        yield from _named(made, one)
        yield from _one_image(made, one)
    yield from _apart(made)


def pod_labels(workload: Item) -> Mapping[str, Any]:
    return mapping(workload.data, *WORKLOADS[workload.kind][:-1], "metadata", "labels")


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Whether a plain selector says something, and all of it is true of these labels."""
    if not isinstance(selector, dict) or not selector:
        return False
    return all(labels.get(key) == value for key, value in selector.items())


def _behind(service: Item, workloads: Iterable[Item]) -> list[Item]:
    selector = service.says("spec", "selector")
    return [
        workload
        for workload in workloads
        if workload.kind in SERVERS
        and workload.near(service)
        and selects(selector, pod_labels(workload))
    ]


def _front(
    made: Grouped, of: dict[Item, Group], service: Item, behind: list[Item]
) -> Iterator[Finding]:
    known = {of[workload] for workload in behind if workload in of}
    if not known:
        new = Group(service.name, behind, service)
        of.update(dict.fromkeys(behind, new))
    elif len(known) == 1 and all(workload in of for workload in behind):
        (one,) = known
        one.services.append(service)
    else:
        names = ", ".join(sorted(one.name for one in known)[:MOST_NAMED])
        made.left.append(Left(service, f"it stands in front of several services: {names}"))
        yield Finding(
            "GEN604",
            service.place("metadata", "name"),
            f"{service.called} stands in front of {len(behind)} workloads with names of their "
            "own, and a service of the catalogue has one",
            f"dial one of {names}, or bring what it selects without the narrower Services",
        )


def _podless(made: Grouped, service: Item) -> Iterator[Finding]:
    if service.says("spec", "type") == "ExternalName":
        host = str(service.says("spec", "externalName"))[:100]
        why, hint = f"it is an alias of {host}", "write an external for the host, and call that"
    elif not service.says("spec", "selector"):
        why = "it has no selector: its addresses are given by hand"
        hint = "write an external (environments/externals/) with its addresses"
    else:
        why, hint = "no workload here has its labels", "bring the workload with it"
    made.left.append(Left(service, why))
    place = service.place("metadata", "name")
    message = f"{service.called} is left out: {why}"
    yield Finding("GEN604", place, message, hint)


def _joins(of: dict[Item, Group], job: Item) -> bool:
    """A job of the same version as one service belongs beside it: they are deployed together."""
    if job.kind in SERVERS:
        return False
    mine = {str(container.get("image")) for container in containers(job.data)}
    theirs = {
        one
        for workload, one in of.items()
        if mine & {str(container.get("image")) for container in containers(workload.data)}
    }
    if len(theirs) != 1 or len(mine) != 1:
        return False
    (one,) = theirs
    one.workloads.append(job)
    of[job] = one
    return True


def _named(made: Grouped, one: Group) -> Iterator[Finding]:
    """The Service whose name the group takes: the name that is dialled."""
    if one.front is None:
        return
    every = [one.front, *one.services]
    own = {workload.name for workload in one.workloads}

    def rank(service: Item) -> tuple[bool, bool, bool, int]:
        headless = service.says("spec", "clusterIP") == "None"
        outside = service.says("spec", "type") in ("LoadBalancer", "NodePort")
        ports = len(listed(service.data, "spec", "ports"))
        return headless, outside and service.name not in own, service.name not in own, -ports

    one.front = min(every, key=rank)
    one.name = one.front.name
    one.services = []
    for service in every:
        if service is one.front:
            continue
        if service.says("spec", "type") in ("LoadBalancer", "NodePort"):
            made.left.append(Left(service, f"`entry` of {one.name} lets requests in"))
        else:
            one.services.append(service)
    peers = one.front.says("spec", "clusterIP") == "None"
    counts = (item.says("spec", "replicas") for item in one.workloads if item.kind == "StatefulSet")
    if peers and any(isinstance(count, int) and count > 1 for count in counts):
        yield Finding(
            "GEN604",
            one.front.place("spec", "clusterIP"),
            f"{one.name} is the name of replicas that know each other, and gen's Service of "
            "that name has one address",
            f"write a headless Service {one.name}-peers into the base, name it as "
            f"`serviceName`, and let {one.name} call itself (docs/stateful-sets.md)",
        )


def main_container(one: Group) -> Mapping[str, Any] | None:
    """The container that the service's version is of: the one that has a port of the Service, or
    its name; else the first."""
    own = [item for item in containers(one.first.data) if item.get("name") != "istio-proxy"]
    wanted: set[str] = set()
    for port in mappings(one.front.data, "spec", "ports") if one.front else ():
        wanted.add(str(port.get("targetPort", port.get("port"))))
    for container in own:
        open_ports = mappings(container, "ports")
        said = {str(port.get(key)) for port in open_ports for key in ("containerPort", "name")}
        if said & wanted:
            return container
    named = [item for item in own if item.get("name") in (one.name, one.first.name)]
    return next(iter([*named, *own]), None)


def _one_image(made: Grouped, one: Group) -> Iterator[Finding]:
    """Workloads that answer under one name run one image; the others are told."""
    container = main_container(one)
    image = str(container.get("image")) if container else ""
    taken: list[Item] = []
    for workload in one.workloads if container else ():
        images = {str(item.get("image")) for item in containers(workload.data)}
        if image in images or workload.kind not in SERVERS:
            taken.append(workload)
            continue
        same = without_version(image) in map(without_version, images)
        how = "another version" if same else "another image"
        made.left.append(Left(workload, f"it answers for {one.name} with {how}"))
        step = "bring it as a branch" if same else "bring it as a service of its own"
        yield Finding(
            "GEN605",
            workload.place(*WORKLOADS[workload.kind], "containers"),
            f"{workload.called} answers for {one.name} with {how} than {one.first.called}",
            f"{step}: a unit runs one version of a service, and here is the first",
            ((one.first.place("metadata", "name"), "taken"),),
        )
    one.workloads = taken or one.workloads


def _apart(made: Grouped) -> Iterator[Finding]:
    """Two services of one name cannot be told apart."""
    first: dict[str, Group] = {}
    for one in list(made.groups):
        other = first.setdefault(one.name, one)
        if other is one:
            continue
        made.groups.remove(one)
        made.left += [Left(item, f"there is another {one.name}") for item in one.objects()]
        yield Finding(
            "GEN606",
            one.first.place("metadata", "name"),
            f"two services would be called {one.name}",
            "bring one namespace at a time, each with an --environment of its own",
            ((other.first.place("metadata", "name"), "the first"),),
        )


def references(workload: Item) -> Iterator[tuple[str, str]]:
    """(kind, name) of the ConfigMaps, Secrets and claims that its pods name."""
    yield from _referred(below(workload.data, *WORKLOADS[workload.kind]))


_BY_KEY = {
    "configMap": ("ConfigMap", "name"),
    "configMapRef": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}


def _referred(node: Any) -> Iterator[tuple[str, str]]:
    for item in listed(node):
        yield from _referred(item)
    for key, value in mapping(node).items():
        if key in _BY_KEY and isinstance(value, dict):
            kind, named = _BY_KEY[key]
            name = value.get(named) or value.get("name")  # projected ones say `name`
            if isinstance(name, str):
                yield kind, name
        elif key not in ("command", "args"):
            yield from _referred(value)


def account(workload: Item) -> str:
    """The account that its pods run with."""
    pod = WORKLOADS[workload.kind]
    said = below(workload.data, *pod, "serviceAccountName")
    said = said or below(workload.data, *pod, "serviceAccount")
    return str(said or "default")
