"""What the plan is printed for: a kind of routes on a plane, behind a kind of ingress, and what
they can together.

A kind of routes is one class with a method or two, a plane one class with a method for all that
it may have to say. Both stand in a folder of their own and in `registry.py`; nothing else knows
them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:  # a check needs no printers
    from generator.plan.colours import Lanes
    from generator.plan.hosts import VirtualHost
    from generator.plan.plan import Plan
    from generator.plan.units import Unit
    from generator.targets.objects import Object
    from generator.targets.printed import Kind


class Capability(Enum):
    """What a plan may ask of its target, in words."""

    REFUSALS = "refuse a lane that nobody answers"
    CALLERS = "tell connections of raw TCP by their caller"
    REWRITES = "give a service another path than the one that came in"
    SEAMS = "exchange the beginning of a path"
    TIMEOUTS = "bound how long a request takes"
    TRIES = "say how often a request is tried, and for how long each time"
    ORIGIN = "give the calls of a branch's own pods its colour"
    BAGGAGE = "carry the colour in baggage"
    PRIVATE_NAMES = "route calls by a private name"
    POD_LIMITS = "limit what is asked of pods, and leave out those that fail"
    LOCALHOST = "reach an application that listens on localhost alone"
    IDENTITIES = "let in callers by identity"
    NO_IDENTITIES = "go without identities"
    FAR = "lead to other clusters of the mesh"
    OTHERS = "route what is asked of names of environments with sidecars"
    ADOPTION = "take in, pod by pod, what ran before"
    EXTERNALS = "know what lies outside the mesh"
    TELEMETRY = "tell lanes in metrics, spans and access logs"


class RoutePrinter(ABC):
    """Prints the routes of a plan. `standing`: kinds that may come and go with branches and
    tenants, so that projects allow them always; all others follow from its objects."""

    standing: frozenset[Kind] = frozenset()

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @abstractmethod
    def objects(self, host: VirtualHost) -> Iterator[Object]:
        """What leads requests and connections for these names where the plan says."""

    def reads(self, host: VirtualHost) -> object:
        """What is read of a virtual host: where that is the same, so are its objects."""
        return host

    def shared(self, lanes: Lanes) -> Iterator[Object]:  # noqa: ARG002
        """What stands once of the lanes of a service, for all virtual hosts that have them; nothing
        where each has them for itself."""
        yield from ()

    def of_cluster(self) -> Iterator[tuple[str, list[Object]]]:
        """By subject, what stands once beside what is shared."""
        yield from ()

    def of_environment(
        self,
        environment: str,  # noqa: ARG002
    ) -> Iterator[tuple[str, list[Object]]]:
        """By subject, what routes in an environment need and no host has."""
        yield from ()

    def on_answers(self) -> Iterator[tuple[str, str]]:
        """By subject, Lua that has to see each answer to what is sent in the mesh: where it runs is
        the plane's to say."""
        yield from ()


class PlanePrinter(ABC):
    """Prints what a plane needs to carry requests; nothing where it has nothing to say."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @property
    @abstractmethod
    def standing(self) -> frozenset[Kind]:
        """Kinds that may come and go with branches and tenants."""

    @abstractmethod
    def labels(self) -> Mapping[str, str]:
        """Labels by which a namespace joins the plane."""

    @abstractmethod
    def joining(self) -> Mapping[str, str]:
        """Labels by which a pod joins it in a namespace that does not."""

    def addressed(self) -> Mapping[str, str]:
        """Labels of a Service that callers ask for: an environment's own."""
        return {}

    @abstractmethod
    def of_namespace(self, environment: str) -> Iterator[Object]:
        """What must be there before any pod, and what the namespace may use."""

    @abstractmethod
    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """By subject, what concerns no service."""

    @abstractmethod
    def on_answers(self, environment: str, name: str, lua: str) -> Object:
        """What has Lua see the answers to what is sent in an environment."""

    @abstractmethod
    def of_branch(self, unit: Unit) -> Iterator[Object]:
        """What concerns all pods of a branch."""

    @abstractmethod
    def registered(self, host: VirtualHost) -> Iterator[Object]:
        """What makes private names known."""

    @abstractmethod
    def of_pods(self, service: str, unit: Unit) -> Iterator[Object]:
        """How requests are carried to a service in a unit."""

    @abstractmethod
    def of_far_pods(self, service: str, unit: Unit, caller: str | None) -> Iterator[Object]:
        """The same of a unit on another cluster, for an environment that calls it; None: for the
        ingress."""

    @abstractmethod
    def scope(self, environment: str, service: str) -> Iterator[Object]:
        """What a service's pods in an environment know of others."""

    @abstractmethod
    def access(self, service: str, unit: Unit) -> Iterator[Object]:
        """Who may call, and connect to, a service in a unit."""

    @abstractmethod
    def reads(self, environment: str) -> object:
        """What is read of the plan for an environment beyond who is there, how each is called, and
        who is let in: where that is the same, so are the objects. No plane inherits an answer:
        one that says too little keeps parts that are out of date."""

    def gate(self, environment: str, service: str) -> Iterator[Object]:  # noqa: ARG002
        """Who may ask for a service in an environment, where that is decided before it is known
        which unit answers."""
        yield from ()


Printer = TypeVar("Printer", bound=RoutePrinter | PlanePrinter)


class Registered(NamedTuple, Generic[Printer]):
    """An entry of the registry: what the printer can, and the printer, loaded when it is needed;
    what is lost with it, whatever stands beside it; the oldest Istio that takes it; of pods that a
    plane makes in each namespace the name and the key of a label by which they are known; what it
    does otherwise than the default though everybody gets the same answers, in words."""

    can: frozenset[Capability]
    load: Callable[[], type[Printer]]
    cannot: frozenset[Capability] = frozenset()
    since: tuple[int, int] = (0, 0)
    made: tuple[str, str] | None = None
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Routes, plane and ingress by their names in the registry."""

    plane_name: str
    routes_name: str
    ingress_name: str
    plane: Registered[PlanePrinter]
    routes: Registered[RoutePrinter]
    ingress: Registered[RoutePrinter]

    def __str__(self) -> str:
        behind = f" behind an ingress of kind {self.ingress_name}" if self._has_own_ingress else ""
        return f"{self.routes_name} on {self.plane_name}{behind}"

    @property
    def _has_own_ingress(self) -> bool:
        return self.ingress_name != "istio"

    @property
    def parts(self) -> tuple[Registered[PlanePrinter] | Registered[RoutePrinter], ...]:
        return self.plane, self.routes, self.ingress

    @property
    def can(self) -> frozenset[Capability]:
        able = frozenset().union(*(part.can for part in self.parts))
        return able.difference(*(part.cannot for part in self.parts))

    @property
    def otherwise(self) -> tuple[str, ...]:
        return tuple(line for part in self.parts for line in part.otherwise)

    def lacking(
        self, plan: Plan, environments: Collection[str]
    ) -> list[tuple[Capability, tuple[str, ...]]]:
        """What the plan asks for in these environments and the target cannot, each with all who
        ask, in words."""
        missing = set(Capability) - self.can
        if not missing:
            return []
        from generator.targets.needs import needs

        asked: dict[Capability, dict[str, None]] = {}
        for need, who in needs(plan, environments):
            if need in missing:
                asked.setdefault(need, {})[who] = None
        return [(need, tuple(asked[need])) for need in Capability if need in asked]


class Targets(NamedTuple):
    """What is printed for what: the environments of a plan by name, and clusters by name, each for
    what its environments share."""

    clusters: Mapping[str, Target]
    environments: Mapping[str, Target]

    def at(self, plan: Plan, cluster: str) -> dict[Target, list[str]]:
        """What a cluster is printed for, and of which environments; of none where there is none."""
        those: dict[Target, list[str]] = {}
        for name, one in plan.environments.items():
            if one.cluster == cluster:
                those.setdefault(self.environments[name], []).append(name)
        return those or {self.clusters[cluster]: []}
