"""The plan: all that the output says. Targets print it and views read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from generator.plan import clusters, colours, isolation, tenants
from generator.plan.colours import Lanes
from generator.plan.platform import Platform
from generator.plan.routes import Route
from generator.plan.services import (
    Adopted,
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
from generator.plan.units import Caller, Environment, Lane, Unit, serves
from generator.vocabulary import names
from generator.vocabulary.base import Base


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
    reached    lane → services that its requests can come to, each with who calls it first
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
    reached: Callable[[str], Mapping[str, str | None]]
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

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters for which anything is printed."""
        return clusters.inhabited(self)

    @property
    def meshes(self) -> tuple[str, ...]:
        """A cluster of each mesh."""
        return clusters.meshes(self)

    @property
    def planes(self) -> frozenset[str]:
        """What carries requests on the cluster that the plan is seen from; where there is no
        environment yet, what will."""
        used = frozenset(self.environments[name].plane for name in self.residents)
        return used or frozenset({self.platform.mesh.plane})

    @cached_property
    def residents(self) -> tuple[str, ...]:
        """The environments that run on the cluster that the plan is seen from."""
        here = self.platform.cluster.name
        return tuple(name for name, one in self.environments.items() if one.cluster == here)

    def seen_from(self, cluster: str) -> Plan:
        """What a cluster knows of the plan, with the platform as it is there."""
        if cluster not in self._seen:
            self._seen[cluster] = clusters.seen_from(self, cluster)
        return self._seen[cluster]

    @cached_property
    def _seen(self) -> dict[str, Plan]:
        return {}

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
                lane
                for lane in self.seen_from(self.environments[environment].cluster).lanes
                if not {lane, lane.split("/")[0]}.isdisjoint(allowed)
            )
            for environment, allowed in links.lanes.items()
            if environment in self.environments
        }
        owners = {host: lane.split("/")[0] for host, lane in self.host_lanes.items()}
        return {host: lanes[owner] for host, owner in owners.items() if owner in lanes}

    def sleeper(self, lane: str, service: str) -> Unit | None:
        """The unit that would answer if it did not sleep."""
        return self.slept[lane].get(service) if lane in self.slept else None

    @cached_property
    def extends(self) -> dict[str, tuple[str, ...]]:
        """Environment → all that it falls back to, nearest first."""
        return {name: one.extends for name, one in self.environments.items()}

    def if_awake(self, lane: str) -> Mapping[str, Unit]:
        """Service → the unit that answers in a lane, or would if it did not sleep."""
        answers = self.answers[lane]
        return {**answers, **self.slept[lane]} if lane in self.slept else answers

    def serves(self, unit: Unit, service: str) -> bool:
        """Whether lanes may lead to a unit for a service."""
        return serves(self.runs, unit, service)

    def adopted(self, service: str, environment: str) -> Adopted | None:
        """How a service ran in an environment before gen did, if it did."""
        run = self.runs.get(Unit(environment), {}).get(service)
        return run.adopted if run else None

    def made_by(self, service: str, unit: Unit) -> Service:
        """A service as its pods in a unit make calls: those that have no proxy lose the colour."""
        run = self.runs.get(unit, {}).get(service)
        made = self.services[service]
        return replace(made, forwards_colour=False) if run and run.untouched else made

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
    def homes(self) -> dict[str, str]:
        """Lane of a branch → its environment."""
        told = ((lane, lane.partition("/")[0]) for lane in self.lanes if "/" in lane)
        return {lane: home for lane, home in told if home in self.environments}

    def come_to(self, lane: str) -> frozenset[str]:
        """Services that requests of a lane can come to along `calls`, or could if all were
        awake."""
        return self._come_to(lane)

    @cached_property
    def _come_to(self) -> Callable[[str], frozenset[str]]:
        @cache
        def come_to(lane: str) -> frozenset[str]:
            if lane not in self.slept:
                return frozenset(self.reached(lane))
            return frozenset(self.ways.reached(self.lanes[lane], self.if_awake(lane)))

        return come_to

    @cached_property
    def ways(self) -> isolation.Ways:
        return isolation.Ways(self.services, self.runs, self.handling)

    @cached_property
    def shared(self) -> Callable[[str], Mapping[int | None, Lanes]]:
        """Service → the routes of its lanes: in the mesh (None), and at the ingress by port."""

        @cache
        def made(service: str) -> Mapping[int | None, Lanes]:
            return {lanes.port: lanes for lanes in colours.lanes(self, service)}

        return made

    def telling(self, service: str) -> list[str]:
        """Lanes that may have a route of their own in a service, sorted."""
        anywhere, somewhere = self._telling
        return sorted([*anywhere, *somewhere.get(service, ())])

    @cached_property
    def _telling(self) -> tuple[list[str], dict[str, list[str]]]:
        return colours.telling(self)

    def routes(self, environment: str, service: str) -> list[Route]:
        """Those of them in the mesh that change the answer in an environment."""
        lanes = self.shared(service).get(None)
        own = self.answers[environment].get(service), self.sleeper(environment, service)
        made = lanes.routes if lanes else ()
        return [one for one in made if one.unit is None or (one.unit, one.asleep) != own]

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
        """Environments of this cluster with a unit that calls the service."""
        return frozenset(home for _, home in self._calling.get(service, ()))

    def asking(self, environment: str, service: str) -> frozenset[str]:
        """Environments whose pods may dial the service's name in this one."""
        return frozenset(self._asking.get(service, {}).get(environment, ()))

    @cached_property
    def _asking(self) -> dict[str, dict[str, set[str]]]:
        """Callee → environment whose name of it is dialled → where that is done."""
        known: dict[str, dict[str, set[str]]] = {}
        for callee, calling in self._calling.items():
            homes = known[callee] = dict[str, set[str]]()
            for caller, home in calling:
                for environment in self.addressed(caller, home):
                    homes.setdefault(environment, set()).add(home)
        return known

    @cached_property
    def _calling(self) -> dict[str, set[tuple[str, str]]]:
        """Callee → (caller, environment that runs it)."""
        known: dict[str, set[tuple[str, str]]] = {}
        here = frozenset(self.residents)
        for unit, runs in self.runs.items():
            for caller in runs if unit.environment in here else ():
                for callee in self.services[caller].calls:
                    known.setdefault(callee, set()).add((caller, unit.environment))
        return known

    def addressed(self, service: str, environment: str) -> list[str]:
        """Environments whose names a service's pods in an environment may dial: their own, and
        what the service or the platform names beside it, if it is in the same cluster."""
        named = {*self.services[service].addresses, *self.platform.mesh.addresses}
        if not named:
            return [environment]
        here = self.environments[environment].cluster
        near = [name for name, one in self.environments.items() if one.cluster == here]
        return [name for name in near if "*" in named or name in {environment, *named}]

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

    def account(self, service: str, unit: Unit) -> str:
        """The ServiceAccount of a service in a unit. Waypoints see no labels of who calls them: on
        the ambient plane a name tells the branch, and no two begin alike."""
        if unit.branch is None or not self.environments[unit.environment].has_waypoint:
            return names.kubernetes_name(service, unit.branch)
        return names.branch_account(service, unit.branch)

    def host(self, name: str, environment: str) -> str:
        return f"{name}.{self.endings[environment]}"

    @cached_property
    def endings(self) -> dict[str, str]:
        """Environment → what the full DNS names of its services end with."""
        return {
            name: f"{one.namespace}.svc.{self.platform.at(one.cluster).cluster.domain}"
            for name, one in self.environments.items()
        }

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
