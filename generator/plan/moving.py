"""Who may call whom while routes change one by one (M7).

A lane that is led elsewhere, and an environment or a branch that wakes or begins to run a service,
change the routes of several services, and no two change at once: for a moment one leads to the
version that answers now, and another still to the one that answered before. So a request may come
from any candidate of the caller to any candidate of the callee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.plan import isolation, journey, routing
from generator.plan.access import Candidates
from generator.plan.plan import Plan
from generator.plan.services import Service
from generator.plan.units import Caller, Lane, Unit

WAY = "way"  # as the kind of a lane: how another of its name was led before
Led = tuple[Lane, Mapping[str, Unit]]  # a lane, and who answers for each service


def callers(
    states: Mapping[str, Sequence[Led]], candidates: Candidates, ways: isolation.Ways
) -> dict[Caller, set[Caller | None]]:
    """(service, unit) → who may call it on the way from one state of a lane to another, in lanes
    whose answers change. Of all others nothing is said."""
    may_call: dict[Caller, set[Caller | None]] = {}
    for name, led in states.items():
        if all(len(units) == 1 for units in candidates[name].values()):
            continue
        stops = {stop for lane, here in led for stop in ways.stops(name, lane, here)}
        for caller, callee in _edges(name, stops, candidates, ways.services):
            may_call.setdefault(callee, set()).add(caller)
    return may_call


def ways_before(old: Plan, now: Plan) -> Iterator[Lane]:
    """Lanes that both plans know and that others answer now, each as the way that it went before:
    the units that were asked, one after the other, as far as they are still there. While
    something slept, its own way and that of who answered in its place."""
    for name in sorted(old.lanes.keys() & now.lanes.keys()):
        before, after = (plan.if_awake(name) for plan in (old, now))
        changed = before.items() - after.items()
        if any(_is_left(now, name, service, unit) for service, unit in changed):
            yield _way(old, now, name, before)
            if name in old.slept:
                yield _way(old, now, name, old.answers[name])


def _is_left(now: Plan, name: str, service: str, unit: Unit) -> bool:
    """Whether a unit answers no longer in a lane for what it runs still. What drains there, and
    would answer otherwise, is known to policies by that."""
    if service not in now.runs.get(unit, ()):
        return False
    if now.serves(unit, service):
        return True
    return routing.answers(now.lanes[name], now.runs, now.extends).get(service) != unit


def _way(old: Plan, now: Plan, name: str, before: Mapping[str, Unit]) -> Lane:
    """What a unit runs now may stand before what answered: that is pinned. To what drains meanwhile
    nothing can be, so that is asked first."""
    drains = [
        unit
        for service, unit in before.items()
        if service in now.runs.get(unit, ()) and not now.serves(unit, service)
    ]
    asked = dict.fromkeys((*drains, *routing.path(old.lanes[name], old.extends)))
    there = tuple(unit for unit in asked if unit in now.runs)
    through = there or now.lanes[name].through
    way = Lane(name, through, {}, strict=True, kind=WAY)
    found = routing.answers(way, now.runs, {})
    pin = {
        service: unit
        for service, unit in before.items()
        if found.get(service) != unit and now.serves(unit, service)
    }
    return way._replace(pin=pin)


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
