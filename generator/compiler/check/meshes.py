"""Clusters that are to be one mesh, and what leads from one of them to another."""

from __future__ import annotations

import ipaddress
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from generator.compiler.check.dials import names_of
from generator.compiler.resolve import Resolved
from generator.manifests.dials import addresses
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.platform import Cluster, Platform, Seat
from generator.plan.units import Unit
from generator.vocabulary.base import Dial
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

MESH, FALLBACK, FAR = "GEN215", "GEN216", "GEN334"


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    seats = plan.platform.seats
    if not seats:
        return
    place = resolved.project.place("platform", "platform")
    first: dict[str, str] = {}
    for name in plan.clusters:
        known = first.setdefault(seats[name].cluster.mesh, name)
        spot = place.at("clusters", name) if name else place.at("cluster")
        if known != name:
            yield from _unlike(plan.platform, known, name, spot)
        yield from _unknown(plan, name, spot)
        yield from _alike(plan, name, spot)
        yield from _nameless(plan, name, spot)
    yield from _fallbacks(resolved, plan)
    yield from _dialled(resolved, plan)
    yield from _addressed(resolved, plan)


def _unlike(platform: Platform, one: str, other: str, place: Place) -> Iterator[Finding]:
    """What must be the same in two clusters of a mesh, and is not."""
    was, now = platform.seats[one], platform.seats[other]
    must: Mapping[str, tuple[str, str]] = {
        "domain": (was.cluster.domain, now.cluster.domain),
        "ingress.namespace": (was.ingress.namespace, now.ingress.namespace),
        "ingress.serviceAccount": (was.ingress.service_account, now.ingress.service_account),
    }
    yield from _otherwise(was, now, one, place)
    for key, (mine, yours) in must.items():
        if mine != yours:
            yield Finding(
                MESH,
                place,
                f"`{key}` is {yours} here and {mine} in {clusters.named(one)}, of the same mesh",
                "give both the same, or each a mesh of its own: one mesh knows services by one "
                "name, and the ingress by one identity",
            )
    if was.cluster.network != now.cluster.network and platform.mesh.mtls != "strict":
        yield Finding(
            MESH,
            place,
            f"it is in another network than {clusters.named(one)}, of the same mesh, and "
            "`mesh.mtls` is not strict",
            "a gateway between networks sends on by what mutual TLS says; use `mtls: strict`, or "
            "one network",
        )


def _otherwise(was: Seat, now: Seat, one: str, place: Place) -> Iterator[Finding]:
    """A mesh is printed for one target: a lane that crosses over is routed by both."""
    for key, mine, yours in (
        ("plane", was.mesh.plane, now.mesh.plane),
        ("routes", was.mesh.routes, now.mesh.routes),
    ):
        if mine != yours:
            yield Finding(
                MESH,
                place,
                f"`{key}` is {yours} here and {mine} in {clusters.named(one)}, of the same mesh",
                "give both the same, or each a mesh of its own",
            )


def _unknown(plan: Plan, name: str, place: Place) -> Iterator[Finding]:
    """Whether policies can let in its pods elsewhere."""
    seen = plan.seen_from(name)
    here = seen.platform.cluster
    near = [other for other in clusters.beside(seen) if _inhabited(plan, other, here)]
    if near and not here.ranges and plan.platform.namespaces.network_policies != "none":
        yield Finding(
            MESH,
            place,
            f"NetworkPolicies in {clusters.named(near[0].name)}, of the same network, would keep "
            "its pods out: nobody says which addresses they have",
            "give it `podRanges`, or a `network` of its own, or use "
            "`namespaces.networkPolicies: none`",
        )


def _alike(plan: Plan, name: str, place: Place) -> Iterator[Finding]:
    """Addresses that pods of two clusters of one network have: policies cannot tell them apart, and
    would let in the own ones by those of the other."""
    seen = plan.seen_from(name)
    here = seen.platform.cluster
    if plan.platform.namespaces.network_policies == "none":
        return
    for other in clusters.beside(seen):
        if other.network == here.network and other.name < here.name:
            for index in _met(here.ranges, other.ranges):
                yield Finding(
                    MESH,
                    place.at("podRanges", index),
                    f"pods of {clusters.named(other.name)}, of the same network, have addresses of "
                    f"{here.ranges[index]} as well: policies would take the ones for the others",
                    "give each its own, or a `network` of its own",
                )


def _met(ranges: Iterable[str], others: Iterable[str]) -> Iterator[int]:
    """Which ranges have addresses of others: of those that begin before one ends, one ends behind
    where that begins."""
    known = sorted(map(_span, others))
    ends = list(accumulate(((kind, end) for kind, _, end in known), max))
    for index, (kind, begin, end) in enumerate(map(_span, ranges)):
        before = bisect(known, (kind, end + 1))
        if before and ends[before - 1] >= (kind, begin):
            yield index


def _span(cidr: str) -> tuple[int, int, int]:
    """The version of a range, and its first and last address."""
    network = ipaddress.ip_network(cidr)
    return network.version, int(network.network_address), int(network.broadcast_address)


def _nameless(plan: Plan, name: str, place: Place) -> Iterator[Finding]:
    """A network without a name, which Istio takes for near to every other."""
    seen = plan.seen_from(name)
    if not seen.platform.cluster.network and any(one.network for one in clusters.beside(seen)):
        yield Finding(
            MESH,
            place,
            "it has no `network`, and another cluster of its mesh has one: Istio would send to "
            "pods of the other as if they were near",
            "name the network of each cluster",
        )


def _inhabited(plan: Plan, other: Cluster, here: Cluster) -> bool:
    return other.name in plan.clusters and other.network == here.network


def _fallbacks(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Environments that fall back to one in another cluster, where the platform refuses that."""
    if plan.platform.mesh.across == "allow":
        return
    for name, environment in plan.environments.items():
        parent = plan.environments[environment.extends[0]] if environment.extends else environment
        if parent.cluster != environment.cluster:
            yield Finding(
                FALLBACK,
                resolved.project.place("environment", name).at("extends"),
                f"{parent.name} is in {clusters.named(parent.cluster)}, and {name} in "
                f"{clusters.named(environment.cluster)}: what {name} does not run would fail when "
                "the other is away",
                "run it here, or allow that by `mesh: {across: allow}` in platform.yaml",
            )


def _dialled(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Addresses that say an environment of another cluster, where their name means nothing."""
    names, told = names_of(plan), set[tuple[str, str]]()
    places: dict[str, set[str]] = {}
    for environment in plan.environments.values():
        places.setdefault(environment.namespace, set()).add(environment.cluster)
    for unit, runs in resolved.runs.items():
        here = plan.environments[unit.environment].cluster
        for service in runs:
            for dial in _dials(resolved, unit, service):
                namespace = names.namespace(dial)
                if namespace is None or here in places[namespace] or (service, dial.host) in told:
                    continue
                told.add((service, dial.host))
                yield _far(plan, service, unit, dial, places[namespace])


def _dials(resolved: Resolved, unit: Unit, service: str) -> Iterator[Dial]:
    yield from resolved.bases.dials.get(service, ())
    place = resolved.place_of_unit(unit).at("runs", service, "env")
    for name, value in resolved.runs[unit][service].env.items():
        yield from addresses(value, place.at(name))


def _addressed(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Environments in `addresses` of whose cluster nothing dials them."""
    homes: dict[str, set[str]] = {}
    mesh_of = plan.platform.mesh_of
    for unit, runs in plan.runs.items():
        for service in runs:
            homes.setdefault(service, set()).add(plan.environments[unit.environment].cluster)
    for service, known in homes.items():
        for index, name in enumerate(plan.services[service].addresses):
            if name != "*" and (there := plan.environments[name].cluster) not in known:
                yield Finding(
                    FAR,
                    resolved.project.place("service", service).at("addresses", index),
                    f"{service} is to dial names of {name}, in {clusters.named(there)}, and runs "
                    "nowhere there: they mean nothing where it runs",
                    "take it out, and let a lane lead to the other cluster"
                    if mesh_of(there) in map(mesh_of, known)
                    else "take it out: nothing leads to another mesh",
                )


def _far(plan: Plan, service: str, unit: Unit, dial: Dial, those: set[str]) -> Finding:
    """`those`: the clusters that have the namespace, of the same mesh first."""
    mesh_of = plan.platform.mesh_of
    mesh = mesh_of(plan.environments[unit.environment].cluster)
    cluster = min(those, key=lambda one: (mesh_of(one) != mesh, one))
    short = f"dial `{dial.host.split('.')[0]}`, "
    return Finding(
        FAR,
        dial.place,
        f"{service} in {unit} dials {dial.host}, in {clusters.named(cluster)}: the name means "
        "nothing where it runs, and no lane leads on from it",
        short + "and let a lane lead to the other cluster"
        if mesh_of(cluster) == mesh
        else short + "which is the environment's own: nothing leads to another mesh",
    )
