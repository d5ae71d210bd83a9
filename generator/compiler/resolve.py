"""Project → Resolved: every name becomes the thing it names, or a finding at the place where it
stands.

A project comes here only if all its files could be read, and leaves only if all its names are
known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from generator.compiler import crossing, naming, registries
from generator.compiler.load import Project
from generator.compiler.naming import Names
from generator.compiler.steps import NOTHING, Step, Steps
from generator.plan.routing import unit_lane
from generator.plan.services import Run, Smoke, without_versions
from generator.plan.tenants import Choices, Tenant
from generator.plan.units import Environment, Lane, Unit
from generator.vocabulary import names
from generator.vocabulary.base import Bases
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.later import Later
from generator.vocabulary.layout import TENANTS
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary import model
    from generator.vocabulary.model import LaneSpec


BASES: Step[Bases] = Step("bases", Bases, dear=True)
NAMES: Step[Names] = Step("names", Names, dear=True)


@dataclass(slots=True)
class Resolved:
    """The project with its names resolved. `lanes` and `places` hold those that tenants write in
    place, too; `inline` tells which, by tenant."""

    project: Project
    bases: Bases
    names: Names
    lanes: dict[str, Lane]
    places: dict[str, Place]
    tenants: dict[str, Tenant] = field(default_factory=dict)
    inline: dict[str, tuple[tuple[Lane, Place], ...]] = field(default_factory=dict)

    @property
    def environments(self) -> Mapping[str, Environment]:
        return self.names.environments

    @property
    def runs(self) -> Mapping[Unit, Mapping[str, Run]]:
        return self.names.runs

    @property
    def tests(self) -> Mapping[Unit, Mapping[str, Smoke]]:
        return self.names.tests

    @property
    def previews(self) -> Mapping[str, Unit]:
        return self.names.previews

    @property
    def expires(self) -> Mapping[Unit, date]:
        return self.names.expires

    def rest(self) -> Resolved:
        """All but the tenants, and but which versions run."""
        project = self.project
        paths = {key: path for key, path in project.paths.items() if key[0] != "tenant"}
        accepts = {
            path: codes for path, codes in project.accepts.items() if not path.startswith(TENANTS)
        }
        return replace(
            self,
            project=replace(project, tenants={}, settled=NOTHING, paths=paths, accepts=accepts),
            names=replace(self.names, runs=Later(lambda: without_versions(self.runs))),
            tenants={},
            inline={},
        )

    def place_of_unit(self, unit: Unit) -> Place:
        if unit.branch is None:
            return self.project.place("environment", unit.environment)
        return self.project.place("branch", (unit.environment, unit.branch))


def resolve(project: Project, steps: Steps | None = None) -> Reading[Resolved]:
    """Bases, names of all but the tenants, tenants, in that order: each may name what came
    before."""
    steps = steps or Steps()
    bases = yield from steps.take(BASES, project.keys.asked, lambda: _bases(project))
    names = yield from steps.take(NAMES, project.keys.said, lambda: _names(project))
    resolved = Resolved(project, bases, names, dict(names.lanes), dict(names.places))
    yield from _tenants(resolved)
    return resolved


def _bases(project: Project) -> Reading[Bases]:
    # What judges manifests takes longer to load than a tenant's change takes.
    from generator.compiler.bases import read_bases

    return read_bases(project)


def _names(project: Project) -> Reading[Names]:
    """Environments, units, services, lanes and smoke tests, each of which may name what came
    before."""
    names = yield from naming.begin(project)
    resolved = Resolved(project, Bases(), names, {}, {})
    for unit, runs in names.runs.items():
        yield from known_services(resolved, runs, resolved.place_of_unit(unit).at("runs"))
    yield from _services(resolved)
    yield from _addressed(project)
    yield from _lanes(resolved)
    yield from _tests(resolved)
    yield from registries.check(resolved.project)
    yield from _takes(resolved)
    return replace(names, lanes=resolved.lanes, places=resolved.places)


def _tests(resolved: Resolved) -> Iterator[Finding]:
    for unit, tests in resolved.tests.items():
        for name, test in tests.items():
            place = resolved.place_of_unit(unit).at("tests", name)
            for index, request in enumerate(test.requests):
                spot = place.at("requests", index, "service")
                yield from _known_service(resolved, request.service, spot)
            for index, service in enumerate(test.calls):
                yield from _known_service(resolved, service, place.at("calls", index))


def _takes(resolved: Resolved) -> Iterator[Finding]:
    """Environments that versions are promoted from."""
    project = resolved.project
    for name, environment in project.environments.items():
        if environment.takes and environment.takes.source not in project.environments:
            source = environment.takes.source
            yield Finding(
                "GEN204",
                project.place("environment", name).at("takes", "from"),
                f"there is no environment `{source}`",
                did_you_mean(source, project.environments),
            )


def _addressed(project: Project) -> Iterator[Finding]:
    """Environments whose names are dialled from others."""
    said = [(project.place("service", name), one) for name, one in project.services.items()]
    named = [(place.at("addresses"), one.addresses) for place, one in said]
    if project.platform is not None:
        place = project.place("platform", "platform").at("mesh", "addresses")
        named.append((place, project.platform.mesh.addresses))
    for place, environments in named:
        for index, name in enumerate(environments):
            if name != "*" and name not in project.environments:
                hint = did_you_mean(name, project.environments)
                yield Finding("GEN204", place.at(index), f"there is no environment `{name}`", hint)


def _services(resolved: Resolved) -> Iterator[Finding]:
    project = resolved.project
    for name, service in project.services.items():
        place = project.place("service", name)
        for index, callee in enumerate(service.calls):
            if callee not in project.externals:
                yield from _known_service(resolved, callee, place.at("calls", index))
    for name in sorted(project.services.keys() & project.externals.keys()):
        yield Finding(
            "GEN202",
            project.place("external", name),
            f"there is already a service named `{name}`",
            "rename one of the two: `calls` names both kinds",
            ((project.place("service", name), "the service"),),
        )


def known_services(resolved: Resolved, wanted: Iterable[str], place: Place) -> Iterator[Finding]:
    """A finding for each key below `place` that is no service of the catalogue."""
    for service in wanted:
        yield from _known_service(resolved, service, place.key(service))


def _known_service(resolved: Resolved, service: str, place: Place) -> Iterator[Finding]:
    known = resolved.project.services
    if service not in known:
        near = did_you_mean(service, {*known, *resolved.project.externals})
        hint = f"{near} (new one: `gen new service {service}`)"
        yield Finding("GEN203", place, f"there is no service `{service}`", hint)


def _lanes(resolved: Resolved) -> Iterator[Finding]:
    for unit in sorted(resolved.runs):
        resolved.lanes[str(unit)] = unit_lane(unit)
        resolved.places[str(unit)] = resolved.place_of_unit(unit).key("runs")
    for name, lane in resolved.project.lanes.items():
        place = resolved.project.place("lane", name)
        if name in resolved.lanes:
            yield Finding(
                "GEN202",
                place,
                f"the environment `{name}` is already a lane of this name",
                "rename the lane",
                ((resolved.places[name], "the environment"),),
            )
            continue
        resolved.lanes[name] = yield from _lane(resolved, name, lane, place, "named")
        resolved.places[name] = place.key("through")


def _lane(resolved: Resolved, name: str, spec: LaneSpec, place: Place, kind: str) -> Reading[Lane]:
    yield from known_services(resolved, spec.pin, place.at("pin"))
    through = []
    for index, text in enumerate(spec.through):
        unit = yield from _unit(resolved, text, place.at("through", index))
        through += [unit] if unit else []
    pin = {}
    for service, text in sorted(spec.pin.items()):
        here = place.at("pin", service)
        if service not in resolved.project.services:
            continue
        if (unit := (yield from _unit(resolved, text, here))) is not None:
            pin[service] = unit
            yield from _pinned(resolved, service, unit, here)
    lane = Lane(name, tuple(through), pin, spec.isolation == "strict", kind)
    yield from crossing.of_lane(
        resolved.names.platform,
        resolved.environments,
        lane,
        place.at("through"),
        place.at("pin"),
    )
    return lane


def _pinned(resolved: Resolved, service: str, unit: Unit, place: Place) -> Iterator[Finding]:
    """What keeps a unit from answering for a service that is pinned to it."""
    run = resolved.runs[unit].get(service)
    if run is None:
        hint = _who_runs(resolved, service)
        yield Finding("GEN207", place, f"{unit} does not run {service}", hint)
    elif run.draining:
        yield Finding(
            "GEN207",
            place,
            f"{service} in {unit} is draining, so no lane may lead to it",
            "pin another unit, or remove `draining`",
        )


def _who_runs(resolved: Resolved, service: str) -> str:
    units = [str(unit) for unit in sorted(resolved.runs) if service in resolved.runs[unit]]
    return f"it is run by {', '.join(units[:8])}" if units else "no unit runs it yet"


def _unit(resolved: Resolved, text: str, place: Place) -> Reading[Unit | None]:
    """The unit of a name, or None and a finding."""
    unit = Unit.parse(text)
    if unit in resolved.runs:
        return unit
    if unit.environment not in resolved.project.environments:
        yield Finding(
            "GEN204",
            place,
            f"there is no environment `{unit.environment}`",
            did_you_mean(unit.environment, resolved.project.environments),
        )
    else:
        branches = [str(known) for known in resolved.runs if known.environment == unit.environment]
        yield Finding(
            "GEN205",
            place,
            f"there is no branch `{unit.branch}` in {unit.environment}",
            f"{did_you_mean(text, branches)} (new one: `gen deploy {text} SERVICE=TAG`)",
        )
    return None


def _tenants(resolved: Resolved) -> Iterator[Finding]:
    """What tenants take, in the order of their files: where lanes in place stand is told by the
    first that writes one."""
    project, settled = resolved.project, resolved.project.settled
    resolved.tenants |= settled.tenants
    known = {name for name in settled.inline if name in settled.tenants}
    for name in sorted({*project.tenants, *known}, key=lambda name: _path(project, name)):
        if name in known:
            _write_in_place(resolved, name, settled.inline[name])
            continue
        tenant, place = project.tenants[name], project.place("tenant", name)
        choices = yield from _choices(resolved, name, tenant.lane, place.at("lane"))
        yield from known_services(resolved, tenant.expect, place.at("expect"))
        for service, text in tenant.expect.items():
            yield from _unit(resolved, text, place.at("expect", service))
        rules = tuple(rule.told for rule in tenant.match)
        sticky = tenant.sticky.told if tenant.sticky else None
        resolved.tenants[name] = Tenant(name, rules, choices, sticky)


def _path(project: Project, tenant: str) -> str:
    return project.place("tenant", tenant).path


def _write_in_place(resolved: Resolved, tenant: str, lanes: tuple[tuple[Lane, Place], ...]) -> None:
    """Lanes that a tenant writes in place, each with its place."""
    resolved.inline[tenant] = resolved.inline.get(tenant, ()) + lanes
    for lane, place in lanes:
        resolved.lanes[lane.name] = lane
        resolved.places.setdefault(lane.name, place)


def _choices(
    resolved: Resolved,
    tenant: str,
    lane: str | LaneSpec | tuple[model.Weighted, ...],
    place: Place,
) -> Reading[Choices]:
    if not isinstance(lane, tuple):
        return (((yield from _choice(resolved, tenant, lane, place)), 1),)
    if sum(item.weight for item in lane) == 0:
        hint = "give at least one lane a weight"
        yield Finding("GEN104", place, "the weights add up to 0", hint)
    choices = []
    for index, item in enumerate(lane):
        name = yield from _choice(resolved, tenant, item.lane, place.at(index, "lane"))
        choices.append((name, item.weight))
    known = [resolved.lanes[name] for name, _ in choices if name in resolved.lanes]
    yield from crossing.of_choices(
        resolved.names.platform, resolved.environments, known, place.at(0, "lane")
    )
    return tuple(choices)


def _choice(resolved: Resolved, tenant: str, lane: str | LaneSpec, place: Place) -> Reading[str]:
    """The name of a tenant's lane. One written in place is named by its content, so that equal ones
    share routes."""
    if not isinstance(lane, str):
        content = json.dumps([lane.through, sorted(lane.pin.items()), lane.isolation])
        name = f"{names.INLINE}{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        made = yield from _lane(resolved, name, lane, place, "inline")
        _write_in_place(resolved, tenant, ((made, place.key("through")),))
        return name
    # What others wrote in place is nobody's to name, and may be gone.
    if lane not in resolved.lanes or lane.startswith(names.INLINE):
        if "/" in lane:
            yield from _unit(resolved, lane, place)
        else:
            known = (name for name in resolved.lanes if not name.startswith(names.INLINE))
            yield Finding(
                "GEN206",
                place,
                f"there is no lane `{lane}`",
                f"{did_you_mean(lane, known)} (new one: `gen new lane {lane}`)",
            )
    return lane
