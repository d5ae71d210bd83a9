"""Who may call whom: exactly the edges that some lane can take (M7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from generator.plan import journey
from generator.plan.services import Handling, Service, Smoke
from generator.plan.units import Caller, Lane, Unit
from generator.vocabulary import names

Services = Mapping[str, "Service"]
Runs = Mapping[Unit, Mapping[str, object]]
Handlings = Mapping[tuple[str, str], Handling]


def reached(
    lane: Lane, answers: Mapping[str, Unit], services: Services, runs: Runs
) -> dict[str, str | None]:
    """Services that a request of this lane can come to, each with the caller it was first reached
    from.

    A request starts at the ingress, at an entry that the lane answers, or in a pod of one of the
    lane's own units (None in both cases), and goes on along `calls` and messages. What is reached
    but not answered has no calls."""
    consumers = _consumers(services)
    came_from: dict[str, str | None] = dict.fromkeys(_begin(lane, answers, services, runs))

    def onward(caller: str) -> list[str]:
        if caller not in answers:
            return []
        callees = [*services[caller].calls, *consumers.get(caller, ())]
        for callee in callees:
            came_from.setdefault(callee, caller)
        return callees

    return {service: came_from[service] for service in journey.walk(list(came_from), onward)}


def _begin(lane: Lane, answers: Mapping[str, Unit], services: Services, runs: Runs) -> list[str]:
    """Where requests of a lane start: entries, and what its own units answer themselves."""
    begin = [name for name, service in services.items() if service.entry and name in answers]
    for unit in (*lane.through, *lane.pin.values()):
        begin += [name for name in runs[unit] if answers.get(name) == unit]
    return begin


def _consumers(services: Services) -> dict[str, list[str]]:
    """Service that publishes → services that read any of its queues."""
    publishers = {
        name: set(service.publishes) for name, service in services.items() if service.publishes
    }
    return {
        name: [other for other, service in services.items() if queues & set(service.consumes)]
        for name, queues in publishers.items()
    }


def edges(
    name: str,
    lane: Lane,
    answers: Mapping[str, Mapping[str, Unit]],
    services: Services,
    runs: Runs,
    handling: Handlings,
) -> Iterator[tuple[Caller | None, Caller]]:
    """(caller, callee) of each call that a request of this lane can make; the ingress is the caller
    None."""
    here, consumers = answers[name], _consumers(services)
    stops = {service: (service, unit) for service, unit in here.items()}

    def onward(caller: Caller) -> Iterator[Caller]:
        service, unit = caller
        for callee in services[service].calls:
            if callee in stops:
                yield stops[callee]
        if journey.message(services[service], unit, name) == name:
            yield from _handlers(consumers.get(service, ()), name, unit, handling)

    begin = (stops[service] for service in _begin(lane, here, services, runs))
    for caller in journey.walk(begin, onward):
        service, unit = caller
        calling = services[service]
        if calling.entry and unit == here.get(service):
            yield None, caller
        elsewhere = answers[journey.without_colour(unit, unit.environment)]
        for callee in calling.calls:
            there = here if journey.keeps(calling, services[callee]) else elsewhere
            if (target := there.get(callee)) is not None:
                yield caller, (callee, target)


def _handlers(
    consumers: Iterable[str], lane: str, unit: Unit, handling: Handlings
) -> Iterator[Caller]:
    """Who handles a message of this lane that is published in a unit."""
    for consumer in consumers:
        handler = handling[unit.environment, consumer].of(lane)
        if handler is not None:
            yield consumer, handler


def testers(
    tests: Mapping[Unit, Mapping[str, Smoke]], answers: Mapping[str, Mapping[str, Unit]]
) -> Iterator[tuple[Caller, Caller]]:
    """(caller, callee) of each call of a smoke test, which begins in the lane of its unit."""
    for unit, named in tests.items():
        for test in named.values():
            for service in (*test.calls, *(request.service for request in test.requests)):
                if service in answers[str(unit)]:
                    yield (names.TESTER, unit), (service, answers[str(unit)][service])


def callers(
    lanes: Mapping[str, Lane],
    answers: Mapping[str, Mapping[str, Unit]],
    services: Services,
    runs: Runs,
    handling: Handlings,
    more: Iterable[tuple[Caller | None, Caller]] = (),
) -> dict[tuple[str, Unit], tuple[Caller | None, ...]]:
    """(service, unit) → identities that may call it, sorted; None is the ingress."""
    may_call: defaultdict[Caller, set[Caller | None]] = defaultdict(set)
    for caller, callee in more:
        may_call[callee].add(caller)
    for name, lane in lanes.items():
        for caller, callee in edges(name, lane, answers, services, runs, handling):
            may_call[callee].add(caller)
    return {callee: tuple(sorted(who, key=_order)) for callee, who in may_call.items()}


def _order(caller: Caller | None) -> tuple[str, str]:
    return ("", "") if caller is None else (caller[0], str(caller[1]))
