"""Who answers the requests of a lane, of each service that they can come to: all of it at once, for
every lane."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.units import Unit

Answers = dict[str, frozenset[Unit | None]]
_Asked = Mapping[str, Mapping[str, Unit] | None]  # lane → who answers in it
KEPT = 3  # states of the catalogue: those of two sides, and of what both are compared with


class Reached:
    """The answers of lanes, kept from plan to plan: a lane is walked again only if something that
    its walk asked is otherwise."""

    def __init__(self) -> None:
        # What all walks ask, and by lane what its walk asked besides, and came to.
        self._kept: deque[tuple[object, dict[str, tuple[_Asked, Answers]]]] = deque(maxlen=KEPT)

    def of(self, plan: Plan) -> dict[str, Answers]:
        """Lane → its answers. Where they are as they were, they are the same object."""
        by_all = plan.services, dict(plan.handling), plan.asleep, _untouched(plan)
        known = next((known for asked, known in self._kept if asked == by_all), None)
        if known is None:
            known = {}
            self._kept.append((by_all, known))
        return {lane: _walked(plan, lane, known) for lane in plan.lanes}


def _untouched(plan: Plan) -> set[tuple[Unit, str]]:
    """Whose pods have no proxy, and lose the colour."""
    found: set[tuple[Unit, str]] = set()
    for unit, runs in plan.runs.items():
        found |= {(unit, service) for service, run in runs.items() if run.untouched}
    return found


def _walked(plan: Plan, lane: str, known: dict[str, tuple[_Asked, Answers]]) -> Answers:
    asked, found = known.get(lane, ({}, {}))
    if not asked or any(plan.answers.get(other) != was for other, was in asked.items()):
        stops = list(_stops(plan, lane))
        lanes = {lane, *(stop.lane for stop in stops)}
        asked, found = {other: plan.answers.get(other) for other in lanes}, _answering(stops)
        known[lane] = asked, found
    return found


class _Stop(NamedTuple):
    """A service that is asked: the lane that decides, the colour that is carried, who answers."""

    service: str
    lane: str
    colour: str | None
    target: Unit | None


def answers(plan: Plan, lane: str) -> Answers:
    """Service → the units that may answer there, None where nobody does; services that the lane
    cannot come to are absent.

    Requests start at the entries that the lane answers. There may be several answers where the
    colour is lost on one way and kept on another."""
    return _answering(_stops(plan, lane))


def _stops(plan: Plan, lane: str) -> Iterator[_Stop]:
    here = plan.answers[lane]
    entered = sorted({way.service for way in plan.entries()} & here.keys())
    start = [_Stop(name, lane, lane, here[name]) for name in entered]
    return journey.walk(start, lambda stop: _following(plan, stop))


def _answering(stops: Iterable[_Stop]) -> Answers:
    answering: dict[str, set[Unit | None]] = {}
    for stop in stops:
        answering.setdefault(stop.service, set()).add(stop.target)
    return {service: frozenset(units) for service, units in answering.items()}


def _following(plan: Plan, stop: _Stop) -> Iterator[_Stop]:
    """What the answering pod calls, and whoever handles its messages."""
    if stop.target is None:
        return
    caller = plan.made_by(stop.service, stop.target)
    for callee in caller.calls:
        step = journey.call(caller, stop.target, plan.services[callee], stop.colour)
        yield _Stop(callee, step.lane, step.colour, plan.answers[step.lane].get(callee))
    told = journey.message(caller, stop.target, stop.colour)
    for _, consumer in plan.consumers(stop.service):
        handler = plan.handling[stop.target.environment, consumer].of(told)
        yield _Stop(consumer, told, told, None if handler in plan.asleep else handler)
