"""The meaning, as small as it can be written. `tests/mesh/oracle.py` reads the same from YAML; a test holds the two together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

Edge = tuple[
    tuple[str, str] | None, tuple[str, str]
]  # (caller or the ingress, callee), each a (service, unit)


class Lane(NamedTuple):
    through: tuple[str, ...]
    pin: Mapping[str, str] = {}
    strict: bool = False


class Service(NamedTuple):
    calls: tuple[str, ...] = ()
    entry: bool = False
    forwards: bool = True
    tcp: bool = False


@dataclass(frozen=True)
class Model:
    """Units are named as in the input: `e0`, `e0/b0`. `asleep` is closed: an environment's branches sleep with it."""

    extends: Mapping[str, str | None]
    runs: Mapping[str, frozenset[str]]
    services: Mapping[str, Service]
    named: Mapping[str, Lane] = field(default_factory=dict)
    asleep: frozenset[str] = frozenset()

    @property
    def lanes(self) -> dict[str, Lane]:
        """Every unit is a lane by itself."""
        own = {
            unit: Lane((unit, unit.split("/")[0]) if "/" in unit else (unit,)) for unit in self.runs
        }
        return own | dict(self.named)

    def target(self, lane: Lane, service: str, *, awake: bool = False) -> str | None:
        """Who answers: the pinned unit; else the first of the list that runs it; else, unless the lane is strict, the
        first of their environments and of those that these extend."""
        asleep = frozenset() if awake else self.asleep
        if service in lane.pin and lane.pin[service] not in asleep:
            return lane.pin[service]
        for unit in self._asked(lane):
            if service in self.runs[unit] and unit not in asleep:
                return unit
        return None

    def candidates(self, lane: Lane, service: str) -> list[str]:
        """Who may answer while units that sleep wake one by one: those, in order, up to the first that is awake."""
        pinned = [lane.pin[service]] if service in lane.pin else []
        found: list[str] = []
        for unit in (*pinned, *(unit for unit in self._asked(lane) if service in self.runs[unit])):
            found += [] if unit in found else [unit]
            if unit not in self.asleep:
                break
        return found

    def _asked(self, lane: Lane) -> Iterator[str]:
        yield from lane.through
        for unit in () if lane.strict else lane.through:
            environment: str | None = unit.split("/")[0]
            while environment is not None:
                yield environment
                environment = self.extends[environment]

    def decides(self, colour: str | None, addressed: str, caller: str | None, service: str) -> str:
        """The lane of a request in the mesh (M1, M2): its colour if that is a lane's; else, if it looks like a
        branch's, the environment that it names; else that of the branch whose pod a call without a colour starts in;
        else that of the environment it is addressed to. A shared lane that nobody answers, and that no way along
        `calls` leads to the service, counts for nothing."""
        if colour is None:
            return caller if caller and "/" in caller else addressed
        environment, _, branch = colour.partition("/")
        home = environment if re.fullmatch("[-a-z0-9]+", branch) else None
        for name in (colour, home):
            lane = self.lanes.get(str(name))
            if lane and (
                lane.strict or self.target(lane, service) or service in self._led[str(name)]
            ):
                return str(name)
        return addressed

    @cached_property
    def _led(self) -> dict[str, list[str]]:
        return {name: self.reached(lane, awake=True) for name, lane in self.lanes.items()}

    def begun(self, lane: Lane, *, awake: bool) -> list[str]:
        """Where requests of a lane start: at entries that are answered, and in pods of its own units."""
        own = {*lane.through, *lane.pin.values()}
        found = []
        for name, service in self.services.items():
            answer = self.target(lane, name, awake=awake)
            if answer and (service.entry or answer in own):
                found.append(name)
        return found

    def reached(self, lane: Lane, *, awake: bool = False) -> list[str]:
        found = self.begun(lane, awake=awake)
        for caller in found:  # grows
            if self.target(lane, caller, awake=awake):
                found += [callee for callee in self.services[caller].calls if callee not in found]
        return found

    def is_valid(self) -> bool:
        """Nothing that a lane can reach is without an answer, were all awake."""
        return all(
            self.target(lane, name, awake=True)
            for lane in self.lanes.values()
            for name in self.reached(lane, awake=True)
        )

    def taken(self) -> set[Edge]:
        """Edges that a request of some lane can take, or could while what sleeps wakes, one route after the other (M7). A call
        that carries no colour is in the lane of its pod."""
        edges: set[Edge] = set()
        for lane in self.lanes.values():
            for name in {*self.reached(lane), *self.reached(lane, awake=True)}:
                caller = self.services[name]
                for unit in self.candidates(lane, name):
                    if caller.entry:
                        edges.add((None, (name, unit)))
                    for callee in caller.calls:
                        keeps = caller.forwards and not self.services[callee].tcp
                        there = self.candidates(lane if keeps else self.lanes[unit], callee)
                        edges |= {((name, unit), (callee, answer)) for answer in there}
        return edges

    def allowed(self) -> set[Edge]:
        """Whom policies let in: of a strict lane's branches exactly who calls; of all others a service of an environment with all
        its units, and whatever a branch of an environment could call."""
        strict = {
            unit
            for lane in self.lanes.values()
            for unit in ((*lane.through, *lane.pin.values()) if lane.strict else ())
            if "/" in unit
        }
        edges: set[Edge] = set()
        for caller, callee in self.taken():
            whole = caller is not None and callee[1] not in strict
            edges |= (
                {(who, callee) for who in self._everywhere(caller)} if whole else {(caller, callee)}
            )
        for place in self.extends:
            here = self.lanes[place]
            for name, service in self.services.items():
                homes = {place, *self.candidates(here, name)}
                for callee, home in product(service.calls, homes):
                    edges |= {
                        (who, (callee, answer))
                        for who in self._everywhere((name, home))
                        for answer in self.candidates(here, callee)
                    }
        return edges

    def _everywhere(self, caller: tuple[str, str] | None) -> list[tuple[str, str]]:
        """A service in all units of a unit's environment that run it."""
        assert caller
        service, home = caller[0], caller[1].split("/")[0]
        return [
            (service, unit)
            for unit, runs in self.runs.items()
            if unit.split("/")[0] == home and service in runs
        ]
