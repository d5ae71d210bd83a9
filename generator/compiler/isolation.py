"""Who may call whom: exactly the edges that some lane can take (M7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from generator.compiler.routing import without_colour
from generator.vocabulary import names
from generator.vocabulary.plan import Caller, Handling, Lane, Unit

if TYPE_CHECKING:
    from generator.vocabulary.model import Service, Smoke


Services = Mapping[str, "Service"]
Runs = Mapping[Unit, Mapping[str, object]]
Handlings = Mapping[tuple[str, str], Handling]


def reached(lane: Lane, answers: Mapping[str, Unit], services: Services, runs: Runs) -> dict[str, str | None]:
    """Services that a request of this lane can come to, each with the caller it was first reached from.

    A request starts at the ingress, at an entry that the lane answers, or in a pod of one of the lane's own units
    (None in both cases), and goes on along `calls` and messages. What is reached but not answered has no calls.
    """
    found: dict[str, str | None] = dict.fromkeys(_begin(lane, answers, services, runs))
    consumers, queue = _consumers(services), list(found)
    for caller in queue:  # grows while it is walked
        if caller in answers:
            for callee in (*services[caller].calls, *consumers.get(caller, ())):
                if callee not in found:
                    found[callee] = caller
                    queue.append(callee)
    return found


def _begin(lane: Lane, answers: Mapping[str, Unit], services: Services, runs: Runs) -> list[str]:
    begin = [name for name, service in services.items() if service.entry and name in answers]
    return begin + [name for unit in (*lane.through, *lane.pin.values()) for name in runs[unit] if answers.get(name) == unit]


def _consumers(services: Services) -> dict[str, list[str]]:
    """Service that publishes → services that read any of its queues."""
    publishers = {name: set(service.publishes) for name, service in services.items() if service.publishes}
    return {name: [other for other, service in services.items() if queues & set(service.consumes)] for name, queues in publishers.items()}


def carries_colour(caller: Service, callee: Service) -> bool:
    """Whether a call takes the colour of the request it is made for: raw TCP has none, and some services drop it."""
    return caller.forwards_colour and callee.takes_colour


def edges(name: str, lane: Lane, answers: Mapping[str, Mapping[str, Unit]], services: Services, runs: Runs, handling: Handlings) -> Iterator[tuple[Caller | None, Caller]]:
    """(caller, callee) of each call that a request of this lane can make; the ingress is the caller None."""
    here, consumers = answers[name], _consumers(services)
    seen: set[str | Caller] = set(_begin(lane, here, services, runs))
    queue: list[Caller] = [(called, here[called]) for called in seen]
    for caller in queue:  # grows while it is walked
        called, unit = caller
        service = services[called]
        if service.entry and unit == here.get(called):
            yield None, caller
        for callee in service.calls:
            there = here if carries_colour(service, services[callee]) else answers[without_colour(unit, unit.environment)]
            if (target := there.get(callee)) is not None:
                yield caller, (callee, target)
            if callee in here and callee not in seen:
                seen.add(callee)
                queue.append((callee, here[callee]))
        for consumer in consumers.get(called, ()) if service.forwards_colour else ():
            handler = handling[unit.environment, consumer].of(name)
            met = consumer if handler == here.get(consumer) else (consumer, handler)
            if handler is not None and met not in seen:
                seen.add(met)
                queue.append((consumer, handler))


def testers(tests: Mapping[Unit, Mapping[str, Smoke]], answers: Mapping[str, Mapping[str, Unit]]) -> Iterator[tuple[Caller, Caller]]:
    """(caller, callee) of each call of a smoke test, which begins in the lane of its unit."""
    for unit, named in tests.items():
        for test in named.values():
            for service in (*test.calls, *(request.service for request in test.requests)):
                if service in answers[str(unit)]:
                    yield (names.TESTER, unit), (service, answers[str(unit)][service])


def callers(
    lanes: Mapping[str, Lane], answers: Mapping[str, Mapping[str, Unit]], services: Services, runs: Runs, handling: Handlings,
    more: Iterable[tuple[Caller | None, Caller]] = (),
) -> dict[tuple[str, Unit], tuple[Caller | None, ...]]:
    """(service, unit) → identities that may call it, sorted; None is the ingress."""
    found: dict[tuple[str, Unit], set[Caller | None]] = {}
    for caller, callee in more:
        found.setdefault(callee, set()).add(caller)
    for name, lane in lanes.items():
        for caller, callee in edges(name, lane, answers, services, runs, handling):
            found.setdefault(callee, set()).add(caller)
    return {callee: tuple(sorted(who, key=lambda caller: ("", "") if caller is None else (caller[0], str(caller[1])))) for callee, who in found.items()}
