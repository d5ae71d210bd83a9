"""Who answers the requests of a lane, of each service that they can come to: all of it at once, for
every lane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.units import Unit

Answers = dict[str, frozenset[Unit | None]]


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
    here = plan.answers[lane]
    entered = sorted({way.service for way in plan.entries()} & here.keys())
    start = [_Stop(name, lane, lane, here[name]) for name in entered]
    answering: dict[str, set[Unit | None]] = {}
    for stop in journey.walk(start, lambda stop: _following(plan, stop)):
        answering.setdefault(stop.service, set()).add(stop.target)
    return {service: frozenset(units) for service, units in answering.items()}


def _following(plan: Plan, stop: _Stop) -> Iterator[_Stop]:
    """What the answering pod calls, and whoever handles its messages."""
    if stop.target is None:
        return
    caller = plan.services[stop.service]
    for callee in caller.calls:
        step = journey.call(caller, stop.target, plan.services[callee], stop.colour)
        yield _Stop(callee, step.lane, step.colour, plan.answers[step.lane].get(callee))
    told = journey.message(caller, stop.target, stop.colour)
    for _, consumer in plan.consumers(stop.service):
        handler = plan.handling[stop.target.environment, consumer].of(told)
        yield _Stop(consumer, told, told, None if handler in plan.asleep else handler)
