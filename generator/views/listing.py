"""What a configuration holds, kind by kind: rows for people, or for scripts that ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.compiler.compile import Compiled
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.services import Run
from generator.plan.tenants import Choices
from generator.plan.units import Lane, Unit

if TYPE_CHECKING:
    from generator.vocabulary.model import Branch, Environment
    from generator.vocabulary.sleep import Sleep

KINDS = ("environments", "branches", "lanes", "tenants", "services")


class Wanted(NamedTuple):
    """Which rows are asked for; None asks nothing."""

    environment: str | None = None
    owner: str | None = None
    service: str | None = None
    lane: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A thing: what its JSON says, by key; where it stands, what it runs or concerns, and which
    lanes it takes, or leads through."""

    said: Mapping[str, Any]
    environments: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    lanes: frozenset[str] = frozenset()

    def fits(self, wanted: Wanted) -> bool:
        asked = (
            (wanted.environment, self.environments),
            (wanted.service, self.services),
            (wanted.lane, self.lanes),
        )
        owned = wanted.owner is None or self.said.get("owner") == wanted.owner
        return owned and all(one is None or one in here for one, here in asked)


ALL = Wanted()


def rows(
    compiled: Compiled, kind: str, wanted: Wanted = ALL, users: Users | None = None
) -> Iterator[Mapping[str, Any]]:
    """What the JSON of each thing of a kind says, in order of names. Who asks for several kinds
    knows the `users`."""
    printed = {
        "environments": _environments,
        "branches": _branches,
        "lanes": _lanes,
        "tenants": _tenants,
        "services": _services,
    }
    for row in printed[kind](compiled, users or Users(compiled.plan)):
        if row.fits(wanted) and _stands(compiled.plan, row, wanted.cluster):
            yield row.said


def _stands(plan: Plan, row: Row, cluster: str | None) -> bool:
    """Whether anything of it is in a cluster, by the word that people use."""
    wanted = clusters.key(cluster)
    return wanted is None or any(
        plan.environments[name].cluster == wanted for name in row.environments
    )


class Users:
    """Who uses what: lanes by the units that they name, tenants by the lanes that they take."""

    def __init__(self, plan: Plan) -> None:
        self._lanes: dict[Unit, list[str]] = {}
        self._tenants: dict[str, list[str]] = {}
        for name, lane in plan.lanes.items():
            for unit in _named(lane):
                self._lanes.setdefault(unit, []).append(name)
        for tenant in plan.tenants.values():
            for name, _ in tenant.choices:
                self._tenants.setdefault(name, []).append(tenant.name)

    def lanes(self, unit: Unit) -> list[str]:
        """Lanes that name a unit, its own first."""
        own = str(unit)
        return [own, *sorted(name for name in self._lanes.get(unit, ()) if name != own)]

    def tenants(self, lanes: Iterable[str]) -> list[str]:
        return sorted({tenant for lane in lanes for tenant in self._tenants.get(lane, ())})


def _named(lane: Lane) -> set[Unit]:
    return {*lane.through, *lane.pin.values()}


def _environments(compiled: Compiled, users: Users) -> Iterator[Row]:
    plan = compiled.plan
    for name, environment in sorted(plan.environments.items()):
        unit, runs = Unit(name), plan.runs[Unit(name)]
        branches = [str(other.branch) for other in plan.units(name) if other.branch is not None]
        lanes = users.lanes(unit)
        said = {
            "name": name,
            "cluster": environment.cluster or None,
            "namespace": environment.namespace,
            "extends": list(environment.extends),
            "hosts": list(environment.hosts),
            "runs": _versions(runs),
            "branches": branches,
            "lanes": lanes,
            "tenants": users.tenants(lanes),
            "owner": environment.owner,
            "expires": _day(environment.expires),
            **_sleep(compiled, unit),
        }
        yield Row(said, frozenset({name}), frozenset(runs), frozenset(lanes))


def _branches(compiled: Compiled, users: Users) -> Iterator[Row]:
    plan, project = compiled.plan, compiled.resolved.project
    hosts: dict[Unit, list[str]] = {}
    for host, unit in sorted(plan.previews.items()):
        hosts.setdefault(unit, []).append(host)
    for unit, runs in sorted(plan.runs.items()):
        if unit.branch is None:
            continue
        lanes = users.lanes(unit)
        said = {
            "name": str(unit),
            **clusters.told(plan, unit),
            "hosts": hosts.get(unit, []),
            "runs": _versions(runs),
            "lanes": lanes,
            "tenants": users.tenants(lanes),
            "owner": project.branches[unit.environment, unit.branch].owner,
            "expires": _day(compiled.resolved.expires.get(unit)),
            **_sleep(compiled, unit),
        }
        yield Row(said, frozenset({unit.environment}), frozenset(runs), frozenset(lanes))


def _lanes(compiled: Compiled, users: Users) -> Iterator[Row]:
    """Lanes that people wrote; each unit is one besides, by itself."""
    for name, lane in sorted(compiled.plan.lanes.items()):
        if lane.kind == "unit":
            continue
        written = compiled.resolved.project.lanes.get(name)
        said = {
            "name": name,
            "kind": lane.kind,
            **_clusters(compiled.plan, [lane]),
            "through": [str(unit) for unit in lane.through],
            "pin": {service: str(unit) for service, unit in sorted(lane.pin.items())},
            "isolation": "strict" if lane.strict else "shared",
            "tenants": users.tenants([name]),
            "owner": written.owner if written else None,
        }
        yield Row(said, _places(lane), frozenset(lane.pin), frozenset({name}))


def _clusters(plan: Plan, lanes: Iterable[Lane]) -> dict[str, list[str | None]]:
    """Where the units are that lanes name; nothing where there is one cluster."""
    if not plan.platform.seats:
        return {}
    places = {unit.environment for lane in lanes for unit in _named(lane)}
    found = sorted({plan.environments[place].cluster for place in places})
    return {"clusters": [cluster or None for cluster in found]}


def _tenants(compiled: Compiled, users: Users) -> Iterator[Row]:  # noqa: ARG001 as its likes
    plan = compiled.plan
    for name, tenant in sorted(plan.tenants.items()):
        said = {
            "name": name,
            "match": [
                {"kind": kind, "name": called or None, "value": value}
                for kind, called, value in tenant.rules
            ],
            **_clusters(plan, [plan.lanes[lane] for lane, _ in tenant.choices]),
            "lanes": [{"lane": lane, "weight": weight} for lane, weight in tenant.choices],
        }
        places, services = set[str](), set[str]()
        for lane, _ in tenant.choices:
            places |= _places(plan.lanes[lane])
            services |= _runs(plan, plan.lanes[lane])
        ways = _ways(tenant.choices, plan)
        yield Row(said, frozenset(places), frozenset(services), ways)


def _services(compiled: Compiled, users: Users) -> Iterator[Row]:  # noqa: ARG001 as its likes
    plan = compiled.plan
    callers: dict[str, list[str]] = {}
    for name, service in sorted(plan.services.items()):
        for callee in service.calls:
            callers.setdefault(callee, []).append(name)
    for name, service in sorted(plan.services.items()):
        runs = {str(unit): here[name].deployed for unit, here in plan.runs.items() if name in here}
        said = {
            "name": name,
            "image": service.image,
            "ports": [f"{port.name}:{port.port}" for port in service.ports],
            "entry": [entry.path for entry in service.entry],
            "calls": list(service.calls),
            "calledBy": callers.get(name, []),
            "runs": dict(sorted(runs.items())),
            "owner": compiled.resolved.project.services[name].owner,
        }
        places = frozenset(unit.split("/")[0] for unit in runs)
        yield Row(said, places, frozenset({name}), frozenset(runs))


def _ways(choices: Choices, plan: Plan) -> frozenset[str]:
    """The lanes that a tenant takes, and the units that those name."""
    ways = {lane for lane, _ in choices}
    for lane, _ in choices:
        ways.update(map(str, _named(plan.lanes[lane])))
    return frozenset(ways)


def _places(lane: Lane) -> frozenset[str]:
    return frozenset(unit.environment for unit in _named(lane))


def _runs(plan: Plan, lane: Lane) -> set[str]:
    """What the units that a lane names run themselves, as far as they answer in it."""
    answers = plan.answers[lane.name]
    return {name for unit in _named(lane) for name in plan.runs[unit] if answers.get(name) == unit}


def _versions(runs: Mapping[str, Run]) -> dict[str, str]:
    return {service: run.deployed for service, run in sorted(runs.items())}


def _sleep(compiled: Compiled, unit: Unit) -> dict[str, Any]:
    """Whether a unit sleeps, itself or with its environment, and when it is to."""
    project = compiled.resolved.project
    said: Environment | Branch = (
        project.environments[unit.environment]
        if unit.branch is None
        else project.branches[unit.environment, unit.branch]
    )
    spans = said.sleeps if isinstance(said.sleeps, tuple) else filter(None, (said.sleeps,))
    return {
        "asleep": unit in compiled.plan.asleep,
        "sleeps": [_span(span) for span in spans],
        "resumes": said.resumes,
    }


def _span(span: Sleep) -> str:
    days = f" {' '.join(span.days)}" if span.days else ""
    return f"{span.at} to {span.until}{days} ({span.zone})"


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()
