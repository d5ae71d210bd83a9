"""`calls` held against what bases and units dial; Services and externals that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.manifests.callees import Names, domains
from generator.manifests.dials import addresses
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary.base import Dial
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

TOLD = 12  # places of one finding
_REMEDIES = {
    "workload": "make it a service of the catalogue with a base of its own, and call it",
    "alias": "call what it stands for: a service by its name, or one outside as an external "
    "(`environments/externals/`)",
    "headless": "if its replicas know each other by it, name the service in its own `calls`",
    "balancer": "delete it, and let requests in by an `entry` of the service",
}


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    names = names_of(plan)
    for service in plan.services:
        yield from _dialled(resolved, names, service)
        yield from _elsewhere(resolved, plan, names, service)
        yield from _unreached(resolved, plan, service)
        yield from _alike(resolved, plan, service)
    yield from _taken(resolved, plan, names)


def names_of(plan: Plan) -> Names:
    """What addresses may mean in this configuration."""
    private: dict[str, str] = {}
    for name, service in plan.services.items():
        private |= dict.fromkeys(service.names, name)
    for name, external in plan.externals.items():
        private |= dict.fromkeys(external.hosts, name)
    platform = plan.platform
    return Names(
        {name: {port.port for port in one.ports} for name, one in plan.services.items()},
        private,
        frozenset(environment.namespace for environment in plan.environments.values()),
        frozenset((platform.mesh.root_namespace, *platform.namespaces.reaches)),
        domains(*platform.domains),
    )


def dialled(resolved: Resolved, plan: Plan) -> Iterator[tuple[str, str]]:
    """Each (service, callee) that bases and versions hold an address for, once."""
    names = names_of(plan)
    for service in plan.services:
        callees = {names.callee(dial) for dial in _all(resolved, service)}
        yield from ((service, callee) for callee in sorted(filter(None, callees - {service})))


def _all(resolved: Resolved, service: str) -> Iterator[Dial]:
    """Addresses in a service's base, and in the variables of its versions."""
    yield from resolved.bases.dials.get(service, ())
    for _, dial in _of_versions(resolved, service):
        yield dial


def _of_versions(resolved: Resolved, service: str) -> Iterator[tuple[Unit, Dial]]:
    """Addresses in the variables of a service's versions."""
    said = ((unit, runs[service].env) for unit, runs in resolved.runs.items() if service in runs)
    for unit, variables in sorted((unit, env) for unit, env in said if env):
        place = resolved.place_of_unit(unit).at("runs", service, "env")
        for name, value in variables.items():
            yield from ((unit, dial) for dial in addresses(value, place.at(name)))


def _dialled(resolved: Resolved, names: Names, service: str) -> Iterator[Finding]:
    said = {service, *resolved.project.services[service].calls}
    missing: dict[str, Place] = {}
    foreign: dict[str, Place] = {}
    for dial in _all(resolved, service):
        callee = names.callee(dial)
        if callee is not None and callee not in said:
            missing.setdefault(callee, dial.place)
        elif callee is None and names.is_foreign(dial):
            foreign.setdefault(dial.host, dial.place)
    place = resolved.project.place("service", service)
    if missing:
        wanted, calls = ", ".join(sorted(missing)), resolved.project.services[service].calls
        yield Finding(
            "GEN316",
            place.at("calls") if calls else place,
            f"{service} dials {wanted}, and does not say so in its `calls`",
            f"add to its `calls`: {wanted}",
            _told(missing),
        )
    if foreign:
        yield Finding(
            "GEN318",
            place,
            f"{service} dials {', '.join(sorted(foreign)[:TOLD])}, in a namespace that no "
            "environment has",
            "name what it is as an external (`environments/externals/`) and call it, or name the "
            "namespace in `namespaces.reaches`",
            _told(foreign),
        )


def _elsewhere(resolved: Resolved, plan: Plan, names: Names, service: str) -> Iterator[Finding]:
    """Names of other environments of their cluster, which the service's pods may not dial."""
    near = {(one.cluster, one.namespace): name for name, one in plan.environments.items()}
    homes = sorted({unit.environment for unit, runs in plan.runs.items() if service in runs})
    unknown: dict[str, Place] = {}
    for dial, places in _where(resolved, service, homes):
        namespace = names.namespace(dial)
        for home in places:
            there = namespace and near.get((plan.environments[home].cluster, namespace))
            if there and there not in plan.addressed(service, home):
                unknown.setdefault(there, dial.place)
    if unknown:
        others = ", ".join(sorted(unknown))
        yield Finding(
            "GEN333",
            resolved.project.place("service", service),
            f"{service} dials names of {others}, and its sidecars elsewhere do not know them",
            f"dial the short name, which is that of the pod's own environment; or say "
            f"`addresses: [{others}]` in the service",
            _told(unknown),
        )


def _where(resolved: Resolved, service: str, homes: list[str]) -> Iterator[tuple[Dial, list[str]]]:
    """Addresses, each with the environments whose pods dial it: those in a base in all `homes`."""
    for dial in resolved.bases.dials.get(service, ()):
        yield dial, homes
    for unit, dial in _of_versions(resolved, service):
        yield dial, [unit.environment]


def _told(dialled: dict[str, Place]) -> tuple[tuple[Place, str], ...]:
    ordered = sorted(dialled.items())[:TOLD]
    return tuple((place, f"{callee} is dialled here") for callee, place in ordered)


def _unreached(resolved: Resolved, plan: Plan, service: str) -> Iterator[Finding]:
    """Services of a base that neither policies nor sidecars know."""
    for one in resolved.bases.beside.get(service, ()):
        knows_itself = one.kind == "headless" and service in plan.services[service].calls
        if one.kind in _REMEDIES and not knows_itself:
            yield Finding(
                "GEN315",
                one.place,
                f"nobody can reach {one.name} of the base of {service}: {_WHY[one.kind]}",
                _REMEDIES[one.kind],
                about=one.name,
            )


_WHY = {
    "workload": "it is a second workload's, which policies and sidecars do not know",
    "alias": "it is an alias, which sidecars do not know",
    "headless": "it is headless, and sidecars do not know it",
    "balancer": "what comes from outside has no identity, and policies refuse it",
}


def _alike(resolved: Resolved, plan: Plan, service: str) -> Iterator[Finding]:
    """Externals that a service calls on one port of raw TCP, none of which says its addresses."""
    taken: dict[int, str] = {}
    calls = resolved.project.services[service].calls
    for name in plan.dials.get(service, ()):
        external = plan.externals[name]
        for protocol, port in external.ports:
            if protocol != "tcp" or external.cidrs:
                continue
            other = taken.setdefault(port, name)
            if other != name:
                yield Finding(
                    "GEN319",
                    resolved.project.place("service", service).at("calls", calls.index(name)),
                    f"{other} and {name} are both raw TCP on port {port}, and the sidecar of "
                    f"{service} cannot tell them apart",
                    "give one of them `cidrs`, or the protocol `tls` if that is what it speaks",
                    ((resolved.project.place("external", name).at("ports"), f"{name} says so"),),
                )


def _taken(resolved: Resolved, plan: Plan, names: Names) -> Iterator[Finding]:
    """Hosts of externals that are somebody's already: sidecars would take one for the other."""
    project = resolved.project
    said: dict[str, tuple[str, Place]] = {}
    for name, service in plan.services.items():
        said |= dict.fromkeys(service.names, (name, project.place("service", name).at("names")))
    for name, external in plan.externals.items():
        for index, host in enumerate(external.hosts):
            place = project.place("external", name).at("hosts", index)
            other, where = said.setdefault(host, (name, place))
            if names.is_of_mesh(host):
                yield Finding(
                    "GEN209",
                    place,
                    f"services are called by `{host}`, and no lane or policy would hold for "
                    "requests to this external",
                    "name the service itself in `calls`, and leave this host out",
                )
            elif other != name:
                yield Finding(
                    "GEN209",
                    place,
                    f"`{host}` is {other}'s already",
                    "name a host once, with all its ports",
                    ((where, f"{other} says so"),),
                )
