"""Project → Resolved: every name becomes the thing it names, or a finding at the place where it stands.

A project comes here only if all its files could be read, and leaves only if all its names are known."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from generator.compiler.bases import Bases, read_bases
from generator.compiler.load import NOTHING, TENANTS, Project
from generator.compiler.nearest import did_you_mean
from generator.compiler.routing import unit_lane
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Environment, Lane, Tenant, Unit
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary import model
    from generator.vocabulary.model import LaneSpec, Run


@dataclass(slots=True)
class Resolved:
    """The project with its names resolved. `places` tells where a lane was written; `previews` are hosts of branches;
    `expires` the last days of units."""

    project: Project
    bases: Bases
    environments: dict[str, Environment] = field(default_factory=dict)
    runs: Mapping[Unit, Mapping[str, Run]] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    tests: Mapping[Unit, Mapping[str, model.Smoke]] = field(default_factory=dict)
    previews: dict[str, Unit] = field(default_factory=dict)
    expires: dict[Unit, datetime.date] = field(default_factory=dict)

    def rest(self) -> Resolved:
        """All but the tenants."""
        project = self.project
        paths = {key: path for key, path in project.paths.items() if key[0] != "tenant"}
        accepts = {path: codes for path, codes in project.accepts.items() if not path.startswith(TENANTS)}
        return replace(self, project=replace(project, tenants={}, settled=NOTHING, paths=paths, accepts=accepts), tenants={})

    def place_of_unit(self, unit: Unit) -> Place:
        kind, name = ("environment", unit.environment) if unit.branch is None else ("branch", (unit.environment, unit.branch))
        return self.project.place(kind, name)


def resolve(project: Project, found: list[Finding], rest: Resolved | None = None) -> Resolved:
    """Units, environments, lanes, tenants and bases, in that order: each may name what came before. `rest` is all but the
    tenants, where that is known."""
    if rest is not None:
        resolved = replace(rest, project=project, lanes=dict(rest.lanes), places=dict(rest.places), tenants=dict(project.settled.tenants))
        _tenants(resolved, found)
        return resolved
    resolved = Resolved(project, read_bases(project, found))
    for step in (_environments, _units, _services, _lanes, _tenants, _tests):
        step(resolved, found)
    return resolved


def _environments(resolved: Resolved, found: list[Finding]) -> None:
    project = resolved.project
    assert project.platform  # or nothing is resolved
    for name, environment in project.environments.items():
        resolved.environments[name] = Environment(
            name, environment.namespace or f"{project.platform.name}-{name}", environment.hosts, _chain(resolved, name, found),
            environment.trust_colour, project.platform.namespaces.quota if environment.quota is None else environment.quota, environment.owner, environment.expires,
        )


def _chain(resolved: Resolved, name: str, found: list[Finding]) -> tuple[str, ...]:
    """All that an environment falls back to, nearest first."""
    environments, chain = resolved.project.environments, [name]
    while (parent := environments[chain[-1]].extends) is not None:
        place = resolved.project.place("environment", chain[-1]).at("extends")
        if parent not in environments:
            if len(chain) == 1:
                found.append(Finding("GEN204", place, f"there is no environment `{parent}`", did_you_mean(parent, environments)))
            break
        if parent in chain:
            if parent == name:
                found.append(Finding("GEN208", place, "the way back closes a circle: " + " → ".join((*chain, parent)), "take one `extends` away"))
            break
        chain.append(parent)
    return tuple(chain[1:])


def _units(resolved: Resolved, found: list[Finding]) -> None:
    project = resolved.project
    units: dict[Unit, model.Environment | model.Branch] = {Unit(name): environment for name, environment in project.environments.items()}
    for (environment, name), branch in project.branches.items():
        if environment in project.environments:
            units[Unit(environment, name)] = branch
        else:
            found.append(Finding("GEN204", project.place("branch", (environment, name)), f"there is no environments/{environment}/environment.yaml",
                                 f"add it (`gen new environment {environment}`), or move the branch to the folder of an environment"))
    resolved.runs = {unit: said.runs for unit, said in units.items()}
    resolved.previews = {host: unit for unit, said in sorted(units.items()) for host in said.hosts if unit.branch}
    resolved.expires = {unit: said.expires for unit, said in units.items() if said.expires}
    for unit, runs in resolved.runs.items():
        known_services(resolved, runs, resolved.place_of_unit(unit).at("runs"), found)


def _tests(resolved: Resolved, found: list[Finding]) -> None:
    project = resolved.project
    of = {Unit(name): environment.tests for name, environment in project.environments.items()}
    of |= {Unit(*name): branch.tests for name, branch in project.branches.items()}
    resolved.tests = {unit: tests for unit, tests in sorted(of.items()) if tests}
    for unit, tests in resolved.tests.items():
        for name, test in tests.items():
            place = resolved.place_of_unit(unit).at("tests", name)
            spots = [(request.service, place.at("requests", index, "service")) for index, request in enumerate(test.requests)]
            spots += [(service, place.at("calls", index)) for index, service in enumerate(test.calls)]
            found += [_unknown_service(resolved, service, spot) for service, spot in spots if service not in project.services]
    for name, environment in project.environments.items():
        if environment.takes and environment.takes.source not in project.environments:
            source = environment.takes.source
            found.append(Finding("GEN204", project.place("environment", name).at("takes", "from"), f"there is no environment `{source}`", did_you_mean(source, project.environments)))


def _services(resolved: Resolved, found: list[Finding]) -> None:
    for name, service in resolved.project.services.items():
        place = resolved.project.place("service", name)
        for index, callee in enumerate(service.calls):
            if callee not in resolved.project.services:
                found.append(_unknown_service(resolved, callee, place.at("calls", index)))


def known_services(resolved: Resolved, wanted: Iterable[str], place: Place, found: list[Finding]) -> None:
    """A finding for each key below `place` that is no service of the catalogue."""
    for service in wanted:
        if service not in resolved.project.services:
            found.append(_unknown_service(resolved, service, place.key(service)))


def _unknown_service(resolved: Resolved, service: str, place: Place) -> Finding:
    return Finding("GEN203", place, f"there is no service `{service}`", f"{did_you_mean(service, resolved.project.services)} (new one: `gen new service {service}`)")


def _lanes(resolved: Resolved, found: list[Finding]) -> None:
    for unit in sorted(resolved.runs):
        resolved.lanes[str(unit)] = unit_lane(unit)
        resolved.places[str(unit)] = resolved.place_of_unit(unit).key("runs")
    for name, lane in resolved.project.lanes.items():
        place = resolved.project.place("lane", name)
        if name in resolved.lanes:
            found.append(Finding("GEN202", place, f"the environment `{name}` is already a lane of this name", "rename the lane", ((resolved.places[name], "the environment"),)))
            continue
        resolved.lanes[name] = _lane(resolved, name, lane, place, "named", found)
        resolved.places[name] = place.key("through")


def _lane(resolved: Resolved, name: str, spec: LaneSpec, place: Place, kind: str, found: list[Finding]) -> Lane:
    known_services(resolved, spec.pin, place.at("pin"), found)
    through = tuple(Unit.parse(text) for index, text in enumerate(spec.through) if _is_unit(resolved, text, place.at("through", index), found))
    pin = {}
    for service, text in sorted(spec.pin.items()):
        if service in resolved.project.services and _is_unit(resolved, text, place.at("pin", service), found):
            pin[service] = unit = Unit.parse(text)
            if service not in resolved.runs[unit]:
                found.append(Finding("GEN207", place.at("pin", service), f"{unit} does not run {service}", _who_runs(resolved, service)))
            elif resolved.runs[unit][service].draining:
                found.append(Finding("GEN207", place.at("pin", service), f"{service} in {unit} is draining, so no lane may lead to it", "pin another unit, or take `draining` away"))
    return Lane(name, through, pin, spec.isolation == "strict", kind)


def _who_runs(resolved: Resolved, service: str) -> str:
    units = [str(unit) for unit in sorted(resolved.runs) if service in resolved.runs[unit]]
    return f"it is run by {', '.join(units[:8])}" if units else "no unit runs it yet"


def _is_unit(resolved: Resolved, text: str, place: Place, found: list[Finding]) -> bool:
    unit = Unit.parse(text)
    if unit in resolved.runs:
        return True
    if unit.environment not in resolved.project.environments:
        found.append(Finding("GEN204", place, f"there is no environment `{unit.environment}`", did_you_mean(unit.environment, resolved.project.environments)))
    else:
        branches = [str(known) for known in resolved.runs if known.environment == unit.environment]
        found.append(Finding("GEN205", place, f"there is no branch `{unit.branch}` in {unit.environment}",
                             f"{did_you_mean(text, branches)} (new one: `gen deploy {text} SERVICE=TAG`)"))
    return False


def _tenants(resolved: Resolved, found: list[Finding]) -> None:
    for name, tenant in resolved.project.tenants.items():
        place = resolved.project.place("tenant", name)
        if isinstance(tenant.lane, tuple):
            choices = [(_choice(resolved, item.lane, place.at("lane", index, "lane"), found), item.weight) for index, item in enumerate(tenant.lane)]
            if sum(weight for _, weight in choices) == 0:
                found.append(Finding("GEN104", place.at("lane"), "the weights add up to 0", "give at least one lane a weight"))
        else:
            choices = [(_choice(resolved, tenant.lane, place.at("lane"), found), 1)]
        known_services(resolved, tenant.expect, place.at("expect"), found)
        for service, text in tenant.expect.items():
            _is_unit(resolved, text, place.at("expect", service), found)
        resolved.tenants[name] = Tenant(name, tuple(rule.told for rule in tenant.match), tuple(choices), tenant.sticky and tenant.sticky.told)


def _choice(resolved: Resolved, lane: str | LaneSpec, place: Place, found: list[Finding]) -> str:
    """The name of a tenant's lane. One written in place is named by its content, so that equal ones share routes."""
    if not isinstance(lane, str):
        content = json.dumps([lane.through, sorted(lane.pin.items()), lane.isolation])
        name = f"{names.INLINE}{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        resolved.lanes[name] = _lane(resolved, name, lane, place, "inline", found)
        resolved.places.setdefault(name, place.key("through"))
        return name
    if lane not in resolved.lanes or lane.startswith(names.INLINE):  # what others wrote in place is nobody's to name, and may be gone
        if "/" in lane:
            _is_unit(resolved, lane, place, found)
        else:
            known = (name for name in resolved.lanes if not name.startswith(names.INLINE))
            found.append(Finding("GEN206", place, f"there is no lane `{lane}`", f"{did_you_mean(lane, known)} (new one: `gen new lane {lane}`)"))
    return lane
