"""Environments and units by their names: what all else in a configuration may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from generator.compiler import crossing, translate
from generator.compiler.load import Project
from generator.manifests import allowed
from generator.plan.platform import Platform
from generator.plan.services import External, Run, Service, Smoke
from generator.plan.units import Environment, Lane, Unit
from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.layout import path_of
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary import model
    from generator.vocabulary import platform as said

    Said = model.Environment | model.Branch


@dataclass(slots=True)
class Kinds:
    """What bases may bring, what branches leave out of it, and what names what, as the platform
    says of its own kinds."""

    brought: frozenset[allowed.Kind] = allowed.SAFE
    left_out: frozenset[allowed.Kind] = frozenset()
    references: tuple[tuple[allowed.Kind, allowed.Kind, str], ...] = ()


@dataclass(slots=True)
class Names:
    """All but the tenants and the bases, with its names resolved. `places` tells where a lane was
    written; `dials` the externals that services call; `previews` are hosts of branches; `expires`
    the last days of units, `asleep` the units that sleep."""

    platform: Platform
    kinds: Kinds
    services: Mapping[str, Service] = field(default_factory=dict)
    externals: Mapping[str, External] = field(default_factory=dict)
    dials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    runs: Mapping[Unit, Mapping[str, Run]] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    tests: Mapping[Unit, Mapping[str, Smoke]] = field(default_factory=dict)
    previews: Mapping[str, Unit] = field(default_factory=dict)
    expires: Mapping[Unit, date] = field(default_factory=dict)
    asleep: frozenset[Unit] = frozenset()


def begin(project: Project) -> Reading[Names]:
    """All but lanes: what they and all others may name."""
    if project.platform is None:
        raise ValueError("a project without platform.yaml has findings and is not resolved")
    platform = translate.platform(project.platform)
    environments = yield from _environments(project)
    yield from _placed(project, platform, environments)
    units = yield from _units(project)
    return Names(
        platform,
        _kinds(project.platform),
        _services(project),
        {name: translate.external(model) for name, model in sorted(project.externals.items())},
        _dials(project),
        environments,
        runs={unit: _runs(said.runs) for unit, said in units.items()},
        tests={unit: _smokes(said.tests) for unit, said in sorted(units.items()) if said.tests},
        previews=_previews(units),
        expires={unit: said.expires for unit, said in units.items() if said.expires},
        asleep=_asleep(units),
    )


def _services(project: Project) -> dict[str, Service]:
    """The catalogue; what its services call there, without externals."""
    outside, services = project.externals.keys(), sorted(project.services.items())
    return {name: translate.service(model, outside) for name, model in services}


def _dials(project: Project) -> dict[str, tuple[str, ...]]:
    outside = project.externals.keys()
    outward = {
        name: tuple(callee for callee in service.calls if callee in outside)
        for name, service in project.services.items()
    }
    return {name: callees for name, callees in outward.items() if callees}


def _kinds(platform: said.Platform) -> Kinds:
    bases = platform.bases
    return Kinds(
        allowed.SAFE | {allowed.parsed(kind) for kind in bases.kinds},
        allowed.left_out(bases.kinds),
        tuple(allowed.references(bases.references)),
    )


def _environments(project: Project) -> Reading[dict[str, Environment]]:
    platform, found = project.platform, dict[str, Environment]()
    if platform is None:
        raise ValueError("a project without platform.yaml has findings and is not resolved")
    for name, environment in project.environments.items():
        found[name] = Environment(
            name,
            environment.namespace or f"{platform.name}-{name}",
            environment.hosts,
            (yield from _chain(project, name)),
            environment.trust_colour,
            platform.namespaces.quota if environment.quota is None else environment.quota,
            environment.owner,
            environment.expires,
            environment.cluster or "",
            _plane(platform, environment),
            environment.adopting,
        )
    return found


def _plane(platform: said.Platform, environment: model.Environment) -> str:
    """What carries requests in an environment: as it says, or its cluster, or the platform."""
    there = platform.clusters.get(environment.cluster or "")
    return environment.plane or (there and there.plane) or platform.mesh.plane


def _placed(
    project: Project, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[Finding]:
    """Whether each cluster is known, and nobody falls back to another mesh."""
    said = {name: project.place("environment", name) for name in environments}
    unknown = [
        name
        for name, environment in environments.items()
        if environment.cluster and environment.cluster not in platform.seats
    ]
    for name in unknown:
        cluster = environments[name].cluster
        near = did_you_mean(cluster, filter(None, platform.seats))
        yield Finding(
            "GEN213",
            said[name].at("cluster"),
            f"there is no cluster `{cluster}`",
            "leave this line out: the platform's own cluster has no name"
            if cluster == names.OWN
            else f"{near} (`clusters` in platform.yaml)",
        )
    if not unknown:
        places = {name: place.at("extends") for name, place in said.items()}
        yield from crossing.of_extends(platform, environments, places)


def _chain(project: Project, name: str) -> Reading[tuple[str, ...]]:
    """All that an environment falls back to, nearest first."""
    environments, chain = project.environments, [name]
    while (parent := environments[chain[-1]].extends) is not None:
        place = project.place("environment", chain[-1]).at("extends")
        if parent not in environments:
            if len(chain) == 1:
                yield Finding(
                    "GEN204",
                    place,
                    f"there is no environment `{parent}`",
                    did_you_mean(parent, environments),
                )
            break
        if parent in chain:
            if parent == name:
                yield Finding(
                    "GEN208",
                    place,
                    "`extends` forms a cycle: " + " → ".join((*chain, parent)),
                    "remove one `extends`",
                )
            break
        chain.append(parent)
    return tuple(chain[1:])


def _units(project: Project) -> Reading[dict[Unit, Said]]:
    units: dict[Unit, Said] = {
        Unit(name): environment for name, environment in project.environments.items()
    }
    for (environment, name), branch in project.branches.items():
        if environment in project.environments:
            units[Unit(environment, name)] = branch
        else:
            yield Finding(
                "GEN204",
                project.place("branch", (environment, name)),
                f"there is no {path_of('environment', environment)}",
                f"add it (`gen new environment {environment}`), or move the branch to the "
                "folder of an environment",
            )
    return units


def _runs(said: Mapping[str, model.Run]) -> dict[str, Run]:
    return {service: translate.run(run) for service, run in said.items()}


def _asleep(units: Mapping[Unit, Said]) -> frozenset[Unit]:
    """An environment sleeps with its branches."""
    said = {unit for unit, each in units.items() if each.asleep}
    return frozenset(unit for unit in units if {unit, Unit(unit.environment)} & said)


def _previews(units: Mapping[Unit, Said]) -> dict[str, Unit]:
    previews: dict[str, Unit] = {}
    for unit, said in sorted(units.items()):
        if unit.branch is not None:
            previews |= dict.fromkeys(said.hosts, unit)
    return previews


def _smokes(tests: Mapping[str, model.Smoke]) -> dict[str, Smoke]:
    return {name: translate.smoke(test) for name, test in tests.items()}
