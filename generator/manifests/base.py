"""What gen takes from a base or a component, and what those may not bring."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.manifests import running, selection
from generator.manifests.build import Built, Identity, Object
from generator.manifests.images import carriers, without_version
from generator.manifests.walk import Walk
from generator.manifests.workloads import SERVERS, WORKLOADS, containers, open_ports
from generator.vocabulary import names
from generator.vocabulary.base import Base, Workload
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.layout import KUSTOMIZATIONS
from generator.vocabulary.nodes import below, mapping
from generator.vocabulary.source import Mark, Place

_SAY = {int: "say it as `containerPort`", str: "give a container's port this `name`"}
_API_VERSION = re.compile(r"[a-z0-9.]+/v[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """The service whose base is read: its image with the place that names it, and the ports on
    which its containers listen, by number or name, each with the place that says so."""

    service: str
    image: str
    said: Place
    ports: Mapping[int | str, Place]


def component(way: Walk, built: Built) -> Base:
    """What a component holds."""
    return Base(
        workloads=(),
        has_service_account=False,
        folders=way.folders,
        kinds=_kinds(built),
        pods=selection.pods(way),
        services=selection.services(way),
        common=way.common,
        selectors=selection.selectors(way),
        scalable=running.scalable(way),
        autoscaled=running.autoscaled(way),
        variables=running.patched(way),
    )


def base(way: Walk, built: Built, asked: Asked, *, readable: bool) -> Reading[Base]:
    """What a service's base holds and, where all of it is `readable`, what is missing in it."""
    mine = [taken for taken in built.objects if taken.document["kind"] in WORKLOADS]
    plain = not any(layer.content.get("patches") for layer in way.layers.values())
    listening = {taken.identity for taken in mine if _opens(taken, asked.ports)}
    workloads = [_workload(taken, asked.image, listening, plain) for taken in mine]
    if readable:
        yield from _unserved(way, mine, workloads, asked)
        yield from _unheard(mine, workloads, asked)
    account = any(
        taken.kind == ("", "ServiceAccount") and taken.name == asked.service
        for taken in built.objects
    )
    made = component(way, built)
    return made._replace(workloads=tuple(workloads), has_service_account=account)


def _unserved(
    way: Walk, mine: list[Object], workloads: list[Workload], asked: Asked
) -> Iterator[Finding]:
    """Each workload to which requests go must run the image that a unit's tag is put on."""
    if any(taken.written and carriers(taken.written, asked.image) for taken in mine):
        return  # a patch took it, which is told there
    if not any(workload.container for workload in workloads):
        yield _imageless(way, mine, asked)
        return
    for taken, workload in zip(mine, workloads, strict=True):
        if workload.serves and not workload.container:
            yield Finding(
                "GEN403",
                taken.place.at(*WORKLOADS[workload.kind], "containers"),
                f"{workload.kind} {workload.name[:60]} answers requests of {asked.service} and has "
                f"not the image {asked.image}: a tag would reach a part of them",
                "give it the image, or say the ports in those that serve (`containerPort`)",
                ((asked.said, "the catalogue's image"),),
            )


def _unheard(mine: list[Object], workloads: list[Workload], asked: Asked) -> Iterator[Finding]:
    """Ports of the service on which no container says that it listens, where some say theirs."""
    numbers: dict[int | str, Place] = {}
    called: dict[int | str, Place] = {}
    for taken, workload in zip(mine, workloads, strict=True):
        for number, name in open_ports(taken.document) if workload.serves else ():
            numbers[number] = called[name] = taken.place
    said = numbers | called
    free = sorted(map(str, numbers.keys() - asked.ports.keys()))
    for port, place in asked.ports.items():
        # Who says no port may listen on any, but nobody finds a name that is nowhere.
        if port not in said and (numbers or isinstance(port, str)):
            yield Finding(
                "GEN435",
                place,
                f"no container of {asked.service} says that it listens on {port}",
                f"`targetPort: {free[0]}`?" if free else _SAY[type(port)],
                tuple((spot, "the containers' ports are here") for spot in {*said.values()}),
            )


def _imageless(way: Walk, mine: list[Object], asked: Asked) -> Finding:
    related = ((asked.said, "the catalogue's image"),)
    if mine and (odd := _odd(mine[0])) is not None:
        place, message, hint = odd
        return Finding("GEN403", place, message, hint, related)
    files = (f"{way.top}/{name}" for name in KUSTOMIZATIONS)
    path = next(path for path in files if path in way.sources.files)
    return Finding(
        "GEN403",
        Place(path, mark=Mark(1, 1)),
        f"no container of {way.top} has the image {asked.image}, so a tag would change nothing"
        if mine
        else f"{way.top} has no workload (a Deployment, StatefulSet, DaemonSet, Job or CronJob)",
        f"set `image: {asked.image}` in the workload, without a tag"
        if mine
        else f"write one with `image: {asked.image}`",
        related,
    )


def _odd(taken: Object) -> tuple[Place, str, str] | None:
    """Where the way to the containers of a workload ends, if it does."""
    node: Any = taken.document
    for depth, key in enumerate(route := (*WORKLOADS[taken.document["kind"]], "containers")):
        if not isinstance(node, dict) or key not in node:
            place = taken.place.at(*route[:depth])
            kind = taken.document["kind"]
            message = f"this {kind} has no `{'.'.join(route[: depth + 1])}`, so it runs nothing"
            keys = ", ".join(sorted(map(str, mapping(node))))
            return place, message, f"here are {keys[:80] or 'no keys'}"
        node = node[key]
    return None


def _kinds(built: Built) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({taken.kind for taken in built.objects}))


def _workload(taken: Object, image: str, listening: Collection[Identity], plain: bool) -> Workload:
    document, kind = taken.document, taken.document["kind"]
    carries = (item for item in containers(document) if without_version(item.get("image")) == image)
    first = next(carries, None)
    # A worker beside the server answers nobody; where no workload says the service's ports, all of
    # them may be servers, but for one of another image that says other ports.
    other = first is None and any(open_ports(document))
    maybe = not listening and not other
    serves = kind in SERVERS and (taken.identity in listening or maybe)
    return Workload(
        document["apiVersion"],
        kind,
        taken.name,
        None if first is None else str(first.get("name")),
        serves,
        plain and _is_plain(document),
        () if first is None else running.variables(first),
        running.counted(document),
        running.claims(document),
        selection.pods_of(document) or {},
        *selection.known_by(document),
    )


def _opens(taken: Object, ports: Collection[int | str]) -> bool:
    """Whether a container of a server says that it listens on one of these."""
    if taken.document["kind"] not in SERVERS:
        return False
    return any(not {*said}.isdisjoint(ports) for said in open_ports(taken.document))


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Whether Kustomize finds the pods' labels and their spec in a workload, and what it would
    merge or clean up is not there."""
    pod = WORKLOADS[document["kind"]]
    labels, spec = below(document, *pod[:-1], "metadata", "labels"), below(document, *pod)
    return (
        names.matches(names.DNS_LABEL, document["metadata"]["name"])
        and _API_VERSION.fullmatch(document["apiVersion"]) is not None
        and isinstance(labels, dict)
        and isinstance(spec, dict)
        and "gen/serves" not in labels
        and isinstance(spec.get("serviceAccountName", ""), str)
        and not _has_blanks(document)
    )


def _has_blanks(node: Any) -> bool:
    if isinstance(node, dict):
        return any(map(_has_blanks, node.values()))
    if isinstance(node, list):
        return any(map(_has_blanks, node))
    return node is None
