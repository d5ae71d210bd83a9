"""What the plan is printed for: a kind of routes on a plane, and what the two can.

A kind of routes is one class with one method, a plane one class with a method for all that
it may have to say. Both stand in a folder of their own and in `registry.py`; nothing else knows
them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:  # a check needs no printers
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
    TRIES = "bound how long a request takes and how often it is tried"
    ORIGIN = "give the calls of a branch's own pods its colour"
    BAGGAGE = "carry the colour in baggage"
    PRIVATE_NAMES = "route calls by a private name"
    POD_LIMITS = "limit what is asked of pods, and leave out those that fail"
    LOCALHOST = "reach an application that listens on localhost alone"
    IDENTITIES = "let in callers by identity"
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
    def of_namespace(self, environment: str) -> Iterator[Object]:
        """What must be there before any pod."""

    @abstractmethod
    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """By subject, what concerns no service."""

    @abstractmethod
    def registered(self, host: VirtualHost) -> Iterator[Object]:
        """What makes private names known."""

    @abstractmethod
    def of_pods(self, service: str, unit: Unit) -> Iterator[Object]:
        """How requests are carried to a service in a unit."""

    @abstractmethod
    def scope(self, environment: str, service: str) -> Iterator[Object]:
        """What a service's pods in an environment know of others."""

    @abstractmethod
    def access(self, service: str, unit: Unit) -> Iterator[Object]:
        """Who may call a service in a unit."""


Printer = TypeVar("Printer", bound=RoutePrinter | PlanePrinter)


class Registered(NamedTuple, Generic[Printer]):
    """An entry of the registry: what the printer can, and the printer, loaded when it is needed."""

    can: frozenset[Capability]
    load: Callable[[], type[Printer]]


@dataclass(frozen=True, slots=True)
class Target:
    """Routes and plane by their names in the registry."""

    plane_name: str
    routes_name: str
    plane: Registered[PlanePrinter]
    routes: Registered[RoutePrinter]

    def __str__(self) -> str:
        return f"{self.routes_name} on {self.plane_name}"

    def lacking(self, plan: Plan) -> list[str]:
        """What the plan asks for and the target cannot, in words, each with who asks."""
        missing = set(Capability) - self.plane.can - self.routes.can
        if not missing:
            return []
        from generator.targets.needs import needs

        asked = {need: who for need, who in needs(plan) if need in missing}
        return [
            f"{need.value} (asked for by {asked[need]})" for need in Capability if need in asked
        ]
