"""Who may call whom while routes change one by one (M7).

An environment or a branch that wakes changes the routes of several services, and no two change at
once: for a moment one leads to the version that woke, and another still to the one that answered
meanwhile. So a request may come from any candidate of the caller to any candidate of the callee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.plan import isolation, journey
from generator.plan.access import Candidates
from generator.plan.services import Service
from generator.plan.units import Caller, Lane


def callers(
    lanes: Mapping[str, Lane],
    states: Sequence[isolation.Answers],
    candidates: Candidates,
    ways: isolation.Ways,
) -> dict[Caller, set[Caller | None]]:
    """(service, unit) → who may call it on the way from one of these states to another, in lanes
    whose answers change. Of all others nothing is said."""
    may_call: dict[Caller, set[Caller | None]] = {}
    for name, lane in lanes.items():
        if all(len(units) == 1 for units in candidates[name].values()):
            continue
        stops = {stop for answers in states for stop in ways.stops(name, lane, answers[name])}
        for caller, callee in _edges(name, stops, candidates, ways.services):
            may_call.setdefault(callee, set()).add(caller)
    return may_call


def _edges(
    name: str, stops: set[Caller], candidates: Candidates, services: Mapping[str, Service]
) -> Iterator[tuple[Caller | None, Caller]]:
    """(caller, callee) of each call in a lane, by all that may make it to all that may answer."""
    here = candidates[name]
    others = {(service, unit) for service, _ in stops for unit in here.get(service, ())}
    for service, unit in stops | others:
        calling = services[service]
        if calling.entry and unit in here.get(service, ()):
            yield None, (service, unit)
        elsewhere = candidates[journey.without_colour(unit, unit.environment)]
        for callee in calling.calls:
            there = here if journey.keeps(calling, services[callee]) else elsewhere
            for target in there.get(callee, ()):
                yield (service, unit), (callee, target)
