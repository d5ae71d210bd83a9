"""The plan: all that the output says. Targets print it and views read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from generator.plan import routes, tenants
from generator.plan.platform import Platform
from generator.plan.routes import Match, Route
from generator.plan.services import (
    External,
    Handling,
    Port,
    Run,
    Service,
    Smoke,
    Way,
    without_versions,
)
from generator.plan.tenants import Table, Tenant
from generator.plan.units import Caller, Environment, Lane, Unit
from generator.vocabulary import names
from generator.vocabulary.base import Base

Told = tuple[Unit | None, Unit | None]  # who answers, and who would if it did not sleep


@dataclass(frozen=True)
class Plan:
    """All that the output says.

    runs       what each unit runs itself, or would if it did not sleep
    asleep     units whose workloads are scaled to none: no lane leads to them
    answers    lane → service → the unit that answers; a service without an answer is absent
    slept      lane → service → the unit that would answer if it did not sleep; of most lanes none
    previews   host → the branch that it belongs to
    visited    host that a tenant brought → the environment where the tenant's first lane begins
    known      environment → services whose names exist in it
    callers    (service, unit) → who calls it in some lane; the ingress is the caller None
    allowed    (service, unit) → whom policies let in: callers, or all units of an environment
    handling   (environment, service that consumes) → who handles messages published there; those
               of a unit that sleeps wait for it
    tests      unit → its smoke tests by name; units without any are absent, and those in whose
               lanes something sleeps
    dials      service → the externals that it calls; services without any are absent
    kinds      (group, kind) of all that bases may bring, whether one does or not
    left_out   (group, kind) of what bases bring and branches leave out
    references (who is named, who names it, in which field), as the platform says of its own kinds
    """

    platform: Platform
    services: Mapping[str, Service]
    environments: Mapping[str, Environment]
    runs: Mapping[Unit, Mapping[str, Run]]
    asleep: frozenset[Unit]
    lanes: Mapping[str, Lane]
    tenants: Mapping[str, Tenant]
    bases: Mapping[str, Base]
    components: Mapping[str, Base]
    answers: Mapping[str, Mapping[str, Unit]]
    slept: Mapping[str, Mapping[str, Unit]]
    previews: Mapping[str, Unit]
    visited: Mapping[str, str]
    known: Mapping[str, tuple[str, ...]]
    callers: Mapping[tuple[str, Unit], tuple[Caller | None, ...]]
    allowed: Mapping[tuple[str, Unit], tuple[Caller | None, ...]]
    handling: Mapping[tuple[str, str], Handling]
    tests: Mapping[Unit, Mapping[str, Smoke]]
    externals: Mapping[str, External]
    dials: Mapping[str, tuple[str, ...]]
    kinds: frozenset[tuple[str, str]]
    left_out: frozenset[tuple[str, str]]
    references: tuple[tuple[tuple[str, str], tuple[str, str], str], ...]

    @cached_property
    def rest(self) -> Plan:
        """All but the tenants."""
        return replace(self, tenants={})

    @cached_property
    def unversioned(self) -> Plan:
        """All but the tenants, and but which versions run."""
        return replace(self.rest, runs=without_versions(self.runs))

    @cached_property
    def shape(self) -> Plan:
        """The same, and of what people bring the peers of services alone."""
        return replace(self.unversioned, bases=_peers(self.bases), components={})

    @cached_property
    def shards(self) -> list[Table]:
        """The parts of the edge's table."""
        return tenants.shards(self.tenants)

    @cached_property
    def host_lanes(self) -> dict[str, str]:
        """Host → the lane of requests to it that are no tenant's: that of its environment or
        branch."""
        own: dict[str, str] = {}
        for name, environment in self.environments.items():
            own |= dict.fromkeys(environment.hosts, name)
        return own | {host: str(unit) for host, unit in self.previews.items()}

    @cached_property
    def host_environments(self) -> dict[str, str]:
        """Host → the environment that requests to it are addressed to."""
        return dict(self.visited) | {
            host: lane.split("/")[0] for host, lane in self.host_lanes.items()
        }

    @cached_property
    def linked(self) -> dict[str, frozenset[str]]:
        """Host → the lanes that links may lead into there. Hosts of tenants are theirs."""
        links = self.platform.ingress.links
        if links is None:
            return {}
        lanes = {
            environment: frozenset(
                lane for lane in self.lanes if not {lane, lane.split("/")[0]}.isdisjoint(allowed)
            )
            for environment, allowed in links.lanes.items()
        }
        owners = {host: lane.split("/")[0] for host, lane in self.host_lanes.items()}
        return {host: lanes[owner] for host, owner in owners.items() if owner in lanes}

    def sleeper(self, lane: str, service: str) -> Unit | None:
        """The unit that would answer if it did not sleep."""
        return self.slept[lane].get(service) if lane in self.slept else None

    def gone(self, unit: Unit) -> frozenset[tuple[str, str]]:
        """(group, kind) of what bases bring and a unit leaves out."""
        return frozenset() if unit.branch is None else self.left_out

    def units(self, environment: str) -> list[Unit]:
        """The units of an environment, its baseline first."""
        return self._units[environment]

    @cached_property
    def _units(self) -> dict[str, list[Unit]]:
        units: dict[str, list[Unit]] = {name: [] for name in self.environments}
        for unit in sorted(self.runs):
            units[unit.environment].append(unit)
        return units

    @cached_property
    def _lanes_by_answer(self) -> dict[str, list[tuple[Told, tuple[str, ...]]]]:
        """Service → each unit that answers in some lane, with the one that sleeps in its place, and
        those lanes; without one first."""
        groups: dict[str, dict[Told, list[str]]] = {service: {} for service in self.services}
        for lane in sorted(self.lanes):
            answers, slept = self.answers[lane], self.slept.get(lane, {})
            for service, group in groups.items():
                told = answers.get(service), slept.get(service)
                group.setdefault(told, []).append(lane)
        return {service: _in_order(group) for service, group in groups.items()}

    def routes(self, environment: str, service: str) -> list[Route]:
        """Only the lanes that change the answer there, by target in one order everywhere (two
        colours in one request then meet the same route at each hop). Lanes that nobody answers keep
        a route even where the environment itself has no answer, so that the refusal names the
        lane; and so do lanes in which another unit sleeps, so that the answer says it."""
        default = self.answers[environment].get(service)
        otherwise = default, self.sleeper(environment, service)
        made: list[Route] = []
        for (unit, asleep), lanes in self._lanes_by_answer[service]:
            if unit is None:
                refused = tuple(lane for lane in lanes if default or lane != environment)
                made += routes.unanswered(service, refused, asleep)
            elif (unit, asleep) != otherwise:
                made.append(Route(Match(lanes), unit, asleep))
        return made

    def consumers(self, service: str) -> Iterator[tuple[str, str]]:
        """(queue, service that reads it) of the queues that a service writes to."""
        for queue in self.services[service].publishes:
            for name, other in self.services.items():
                if queue in other.consumes:
                    yield queue, name

    def calls(self, unit: Unit, service: str) -> bool:
        """Whether anything that a unit runs calls the service."""
        return any(service in self.services[caller].calls for caller in self.runs[unit])

    def calling(self, service: str) -> frozenset[str]:
        """Environments with a unit that calls the service."""
        return self._calling.get(service, frozenset())

    @cached_property
    def _calling(self) -> dict[str, frozenset[str]]:
        known: dict[str, set[str]] = {}
        for unit, runs in self.runs.items():
            for caller in runs:
                for callee in self.services[caller].calls:
                    known.setdefault(callee, set()).add(unit.environment)
        return {service: frozenset(environments) for service, environments in known.items()}

    def dialled(self, environment: str) -> list[str]:
        """Externals that a version in an environment calls."""
        services = {service for unit in self.units(environment) for service in self.runs[unit]}
        return sorted({name for service in services for name in self.dials.get(service, ())})

    def web_ports(self, service: str) -> list[Port]:
        """Ports on which requests carry headers: all but raw TCP."""
        return self.services[service].web_ports

    @property
    def callee_header(self) -> str | None:
        """Header that carries the private name of the service called, where the platform says that
        one does."""
        chosen = self.platform.mesh.private_names
        return chosen.header if chosen.by in ("calleeHeader", "vhostHeader") else None

    def private_hosts(self, service: str) -> tuple[str, ...]:
        """Private names of a service that are hosts of their own in each caller's namespace."""
        return (
            self.services[service].names
            if self.platform.mesh.private_names.by in ("authority", "vhostHeader")
            else ()
        )

    def peers(self, service: str, unit: Unit) -> list[str]:
        """Full DNS names of the headless Services by which replicas that call each other know each
        other."""
        if service not in self.services[service].calls:
            return []
        named = (names.kubernetes_name(name, unit.branch) for name, _ in self.bases[service].peers)
        return [self.host(name, unit.environment) for name in named]

    def kubernetes_host(self, service: str, unit: Unit) -> str:
        """Full DNS name of a service in a unit."""
        return self.host(names.kubernetes_name(service, unit.branch), unit.environment)

    def host(self, name: str, environment: str) -> str:
        return (
            f"{name}.{self.environments[environment].namespace}.svc.{self.platform.cluster.domain}"
        )

    def application(self, *parts: str) -> str:
        """The name of an Argo CD Application, with the platform's if the Argo CD is shared."""
        shared = self.platform.argocd.shared
        return names.application_name(*([self.platform.name] if shared else []), *parts)

    def entries(self) -> list[Way]:
        """Ways in, in the order in which they are tried: single paths, then the longest prefix
        first, so that the first that fits is the right one."""
        ways = []
        for name, service in self.services.items():
            for entry in service.entry:
                fitting = (p.port for p in service.web_ports if entry.port in (None, p.name))
                ways.append(Way(entry.path, name, next(fitting), entry.exact, entry.rewrite))
        return sorted(ways, key=lambda way: (not way.exact, -len(way.path), way[:3]))


def _peers(bases: Mapping[str, Base]) -> dict[str, Base]:
    return {name: Base((), False, (), (), peers=base.peers) for name, base in bases.items()}


def _in_order(group: Mapping[Told, list[str]]) -> list[tuple[Told, tuple[str, ...]]]:
    ordered = sorted(group.items(), key=lambda pair: [str(unit or "") for unit in pair[0]])
    return [(told, tuple(lanes)) for told, lanes in ordered]
