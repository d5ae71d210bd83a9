"""What parts of the output read of the plan, each as a digest: a part that reads the same is the
same, whatever else changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, cached_property
from typing import Any

from generator.plan import hosts
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets.target import PlanePrinter, RoutePrinter
from generator.vocabulary import names


class Reads:
    """Of a plan without versions, printed by these."""

    def __init__(
        self,
        plan: Plan,
        routes: RoutePrinter,
        plane: Callable[[str], PlanePrinter],  # of an environment
        ingress: RoutePrinter,
    ) -> None:
        self._plan, self._routes, self._plane, self._ingress = plan, routes, plane, ingress
        self._service: Callable[[str], str] = cache(lambda name: _text(plan.services[name]))
        self.of_pods: Callable[[str], str] = cache(self._of_pods)

    @cached_property
    def around(self) -> str:
        """What all parts may read: all but units, lanes, tenants, and each service by itself."""
        plan = self._plan
        said = (
            *(plan.platform, plan.environments, plan.externals, plan.dials, plan.entries()),
            *(plan.kinds, plan.left_out, plan.references, sorted(plan.services)),
        )
        return digest(*said, list(self._alike()))

    def _alike(self) -> Iterator[tuple[Unit, list[str]]]:
        """What branches run of the services whose names begin alike: policies name it."""
        longer, shorter = names.beginning_alike(self._plan.services)
        alike = longer.keys() | shorter.keys()
        for unit, runs in self._plan.runs.items() if alike else ():
            if unit.branch is not None and (run := alike & runs.keys()):
                yield unit, sorted(run)

    def of_lanes(self) -> str:
        """The routes of all services' lanes, and what is said of their requests."""
        plan = self._plan
        return digest(
            self.around,
            [(self._service(name), plan.shared(name).items()) for name in plan.services],
        )

    def of_unit(self, unit: Unit) -> str:
        """The services that a unit runs, and what ran in their place before gen did."""
        plan = self._plan
        services = [
            (self._service(name), plan.adopted(name, unit.environment)) for name in plan.runs[unit]
        ]
        return digest(self.around, services, unit in plan.asleep)

    def _of_pods(self, environment: str) -> str:
        """Who is there, how each is called, and who is let in."""
        plan = self._plan
        units = plan.units(environment)
        rows = [self._callers(name, units) for name in plan.known[environment]]
        more = self._plane(environment).reads(environment)
        return digest(self.around, [(unit, plan.runs[unit]) for unit in units], rows, more)

    def _callers(self, service: str, units: list[Unit]) -> tuple[Any, ...]:
        plan = self._plan
        own = [(service, unit) for unit in units if service in plan.runs[unit]]
        let_in = [(plan.allowed.get(one), one in plan.callers.get(one, ())) for one in own]
        return (
            self._service(service),
            let_in,
            plan.bases[service].peers if service in plan.bases else (),
            plan.calling(service) if plan.services[service].traffic else (),
        )

    def of_mesh(self, environment: str, far: Mapping[str, list[Unit]]) -> str:
        """The same, and what is addressed to names there. `far` are units on other clusters, by
        service."""
        plan = self._plan
        host = hosts.of_ingress(plan, environment)
        rows = [self._names(environment, name, far) for name in plan.known[environment]]
        return digest(self.of_pods(environment), host and self._ingress.reads(host), rows)

    def _names(
        self, environment: str, service: str, far: Mapping[str, list[Unit]]
    ) -> tuple[Any, ...]:
        plan = self._plan
        known = (
            hosts.of_service(plan, environment, service),
            hosts.of_private_names(plan, environment, service),
        )
        there = far.get(service, ()) if environment in plan.calling(service) else ()
        runs = any(service in plan.runs[unit] for unit in plan.units(environment))
        scoped = self._plane(environment).scope(environment, service) if runs else ()
        scope = [made.body for made in scoped]
        handling = plan.handling.get((environment, service))
        return ([host and self._routes.reads(host) for host in known], there, scope, handling)


def digest(*said: Any) -> str:
    """Of values, by what is in them."""
    return hashlib.sha256(_text(said).encode()).hexdigest()


def _text(said: Any) -> str:
    return json.dumps(said, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What JSON does not know, as something that it does: of what is remembered and made later the
    same as of what has just been made."""
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, Mapping):
        return dict(value) if all(isinstance(key, str) for key in value) else [*value.items()]
    if isinstance(value, frozenset):
        return sorted(map(_text, value))
    return [*value] if hasattr(value, "__iter__") else repr(value)
