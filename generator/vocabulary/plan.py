"""The plan: what the input means. It is the product; emitters print it and views read it.

Nothing here is YAML and nothing is Kubernetes yet: units, lanes, who answers whom, who may call whom.
"""

from __future__ import annotations

import datetime
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from generator.vocabulary import names

if TYPE_CHECKING:
    from generator.vocabulary.model import Port, Request as Request, Run, Service, Smoke
    from generator.vocabulary.platform import Platform

RULE_KINDS = ("claim", "header", "cookie", "host")  # the order in which rules are asked; within a kind, names in order


class Unit(NamedTuple):
    """What is deployed together: an environment's baseline (`branch` is None) or one of its branches."""

    environment: str
    branch: str | None = None

    @classmethod
    def parse(cls, text: str) -> Unit:
        environment, _, branch = text.partition("/")
        return cls(environment, branch or None)

    def __str__(self) -> str:
        return self.environment if self.branch is None else f"{self.environment}/{self.branch}"

    def __lt__(self, other: tuple[str, str | None]) -> bool:  # type: ignore[override]
        return (self[0], self[1] or "") < (other[0], other[1] or "")

    @property
    def label(self) -> str:
        """Value of the label gen/branch."""
        return self.branch or names.BASELINE


@dataclass(frozen=True, slots=True)
class Lane:
    """A way through the services; its name is the colour. `kind` tells where it comes from: unit, named or inline."""

    name: str
    through: tuple[Unit, ...]
    pin: Mapping[str, Unit]
    strict: bool
    kind: str

    def leads_through(self, runs: Mapping[Unit, Mapping[str, Run]]) -> bool:
        """Whether its units are there and what it pins serves: then it may be kept after it left the configuration."""
        pinned = all((run := runs.get(unit, {}).get(service)) is not None and not run.draining for service, unit in self.pin.items())
        return pinned and bool(self.through) and all(unit in runs for unit in self.through)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment; `extends` holds all that it falls back to, nearest first."""

    name: str
    namespace: str
    hosts: tuple[str, ...]
    extends: tuple[str, ...]
    trusts_colour: bool
    quota: Mapping[str, int | str]
    owner: str | None
    expires: datetime.date | None


Rule = tuple[str, str, str]  # what tells a tenant: a kind of `RULE_KINDS`, its name (hosts have none), and the value


Choices = tuple[tuple[str, int], ...]  # (lane, weight); one choice for a tenant without weights
Sticky = tuple[str, str] | None  # (kind, name) of what tells users apart whose choice stays the same


class Tenant(NamedTuple):
    """Who a request belongs to."""

    name: str
    rules: tuple[Rule, ...]
    choices: Choices
    sticky: Sticky = None


Table = Mapping[tuple[Choices, Sticky], Mapping[tuple[str, str], list[str]]]  # what is taken → (kind, name) of rules → values


def table(tenants: Iterable[Tenant]) -> Table:
    """What the edge looks up: whose requests take what."""
    made: defaultdict[tuple[Choices, Sticky], defaultdict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for _, rules, choices, sticky in tenants:
        values = made[choices, sticky]
        for kind, name, value in rules:
            values[kind, name].append(value)
    return made


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload of a base: `container` carries the service's image; None if another workload of the base does. `serves`:
    whether the service's requests go to its pods, and not only to those of another workload. `as_written`: its manifest
    has places for what gen adds, and all else is as it stands there."""

    api_version: str
    kind: str
    name: str
    container: str | None
    serves: bool
    as_written: bool


@dataclass(frozen=True, slots=True)
class Base:
    """What a service's hand-written base, or a component, holds, as far as gen must know it.

    `folders` are all it reads; `kinds` (group, kind) of what it brings. `selects_neighbours`: its pods say by labels beside
    which others they run.
    """

    workloads: tuple[Workload, ...]
    has_service_account: bool
    folders: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    selects_neighbours: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Lanes that one unit answers for a service, or nobody (`target` None)."""

    target: Unit | None
    lanes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handling:
    """Who handles a service's messages: of each lane a unit (None: nobody), and `otherwise` of all other lanes and of none."""

    lanes: Mapping[str, Unit | None]
    otherwise: Unit | None

    def of(self, lane: str | None) -> Unit | None:
        return self.lanes.get(lane or "", self.otherwise)


SHARD = 900_000  # bytes of values in one part of the edge's table, of the 1.5 MB that etcd takes; each part costs every request


K = TypeVar("K")
V = TypeVar("V")


class Later(Mapping[K, V]):
    """A mapping that is made when it is first read."""

    def __init__(self, make: Callable[[], dict[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> dict[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


Caller = tuple[str, Unit]  # a service in a unit: an identity in the mesh


@dataclass(frozen=True)
class Plan:
    """All that the output says.

    runs       what each unit runs itself
    answers    lane → service → the unit that answers; a service without an answer is absent
    previews   host → the branch that it belongs to
    visited    host that a tenant brought → the environment where the tenant's first lane begins
    known      environment → services whose names exist in it
    callers    (service, unit) → who may call it; the ingress is the caller None
    handling   (environment, service that consumes) → who handles messages published there
    tests      unit → its smoke tests by name; units without any are absent
    """

    platform: Platform
    services: Mapping[str, Service]
    environments: Mapping[str, Environment]
    runs: Mapping[Unit, Mapping[str, Run]]
    lanes: Mapping[str, Lane]
    tenants: Mapping[str, Tenant]
    bases: Mapping[str, Base]
    components: Mapping[str, Base]
    answers: Mapping[str, Mapping[str, Unit]]
    previews: Mapping[str, Unit]
    visited: Mapping[str, str]
    known: Mapping[str, tuple[str, ...]]
    callers: Mapping[tuple[str, Unit], tuple[Caller | None, ...]]
    handling: Mapping[tuple[str, str], Handling]
    tests: Mapping[Unit, Mapping[str, Smoke]]

    @cached_property
    def rest(self) -> Plan:
        """All but the tenants."""
        return replace(self, tenants={})

    @cached_property
    def shards(self) -> list[Table]:
        """The parts of the edge's table. Where a tenant stands depends on its name alone, and there are a power of two of
        them, so that growing moves as few as can be."""
        whole, count = table(self.tenants.values()), 1
        size = sum(sum(map(len, values)) + 2 * len(values) for asked in whole.values() for values in asked.values())
        while size > SHARD * count:
            count *= 2
        return [whole] if count == 1 else [table(self.sharing(index, count)) for index in range(count)]

    def sharing(self, index: int, count: int) -> Iterator[Tenant]:
        """The tenants of one part of so many."""
        return (tenant for name, tenant in self.tenants.items() if zlib.crc32(name.encode()) % count == index)

    @cached_property
    def host_lanes(self) -> dict[str, str]:
        """Host → the lane of requests to it that are no tenant's: that of its environment or branch."""
        own = {host: name for name, environment in self.environments.items() for host in environment.hosts}
        return own | {host: str(unit) for host, unit in self.previews.items()}

    @cached_property
    def host_environments(self) -> dict[str, str]:
        """Host → the environment that requests to it are addressed to."""
        return dict(self.visited) | {host: lane.split("/")[0] for host, lane in self.host_lanes.items()}

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
    def _routes(self) -> dict[str, tuple[Route, ...]]:
        groups: dict[str, dict[Unit | None, list[str]]] = {service: {} for service in self.services}
        for lane in sorted(self.lanes):
            answers = self.answers[lane]
            for service, group in groups.items():
                group.setdefault(answers.get(service), []).append(lane)
        return {
            service: tuple(Route(target, tuple(lanes)) for target, lanes in sorted(group.items(), key=lambda pair: str(pair[0] or "")))
            for service, group in groups.items()
        }

    def routes(self, environment: str, service: str) -> list[Route]:
        """Only the lanes that change the answer there, by target in one order everywhere (two colours in one request
        then meet the same route at each hop). Lanes that nobody answers keep a route even where the environment
        itself has no answer, so that the refusal names the lane."""
        default = self.answers[environment].get(service)
        others = [route for route in self._routes[service] if route.target is None or route.target != default]
        if default is None:
            others = [Route(route.target, tuple(lane for lane in route.lanes if lane != environment)) for route in others]
        return [route for route in others if route.lanes]

    def consumers(self, service: str) -> Iterator[tuple[str, str]]:
        """(queue, service that reads it) of the queues that a service writes to."""
        return ((queue, name) for queue in self.services[service].publishes for name, other in self.services.items() if queue in other.consumes)

    def calls(self, unit: Unit, service: str) -> bool:
        """Whether anything that a unit runs calls the service."""
        return any(service in self.services[caller].calls for caller in self.runs[unit])

    def calling(self, service: str) -> frozenset[str]:
        """Environments with a unit that calls the service."""
        return self._calling.get(service, frozenset())

    @cached_property
    def _calling(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for unit, runs in self.runs.items():
            for caller in runs:
                for callee in self.services[caller].calls:
                    found.setdefault(callee, set()).add(unit.environment)
        return {service: frozenset(environments) for service, environments in found.items()}

    def web_ports(self, service: str) -> list[Port]:
        """Ports on which requests carry headers: all but raw TCP."""
        return [port for port in self.services[service].ports if port.protocol != "tcp"]

    @property
    def callee_header(self) -> str | None:
        """Header that carries the private name of the service called, where the platform says that one does."""
        chosen = self.platform.mesh.private_names
        return chosen.header if chosen.by in ("calleeHeader", "vhostHeader") else None

    def private_hosts(self, service: str) -> tuple[str, ...]:
        """Private names of a service that are hosts of their own in each caller's namespace."""
        return self.services[service].names if self.platform.mesh.private_names.by in ("authority", "vhostHeader") else ()

    def kubernetes_host(self, service: str, unit: Unit) -> str:
        """Full DNS name of a service in a unit."""
        return self.host(names.kubernetes_name(service, unit.branch), unit.environment)

    def host(self, name: str, environment: str) -> str:
        return f"{name}.{self.environments[environment].namespace}.svc.{self.platform.cluster.domain}"

    def entries(self) -> list[tuple[str, str, int]]:
        """(prefix, service, port number), the longest prefix first, so that the first that fits is the right one."""
        found = [
            (entry.prefix, name, next(port.port for port in service.ports if port.name == entry.port or entry.port is None and port.protocol != "tcp"))
            for name, service in self.services.items()
            for entry in service.entry
        ]
        return sorted(found, key=lambda entry: (-len(entry[0]), entry))
