"""Who may call whom: exactly the edges that some lane can take (M7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.routing import without_colour
from generator.vocabulary.model import Service
from generator.vocabulary.plan import Caller, Lane, Unit


def reached(lane: Lane, answers: Mapping[str, Unit], services: Mapping[str, Service], runs: Mapping[Unit, Mapping[str, object]]) -> dict[str, str | None]:
    """Services that a request of this lane can come to, each with the caller it was first reached from.

    A request starts at the ingress, at an entry that the lane answers, or in a pod of one of the lane's own units
    (None in both cases), and goes on along `calls`. What is reached but not answered has no calls.
    """
    begin = [name for name, service in services.items() if service.entry and name in answers]
    begin += [name for unit in (*lane.through, *lane.pin.values()) for name in runs[unit] if answers.get(name) == unit]
    found: dict[str, str | None] = dict.fromkeys(begin)
    queue = list(found)
    for caller in queue:  # grows while it is walked
        if caller in answers:
            for callee in services[caller].calls:
                if callee not in found:
                    found[callee] = caller
                    queue.append(callee)
    return found


def carries_colour(caller: Service, callee: Service) -> bool:
    """Whether a call takes the colour of the request it is made for: raw TCP has none, and some services drop it."""
    return caller.forwards_colour and callee.takes_colour


def edges(
    name: str, lane: Lane, answers: Mapping[str, Mapping[str, Unit]], services: Mapping[str, Service], runs: Mapping[Unit, Mapping[str, object]]
) -> Iterator[tuple[Caller | None, Caller]]:
    """(caller, callee) of each call that a request of this lane can make; the ingress is the caller None."""
    here = answers[name]
    for caller in reached(lane, here, services, runs):
        unit = here.get(caller)
        if unit is None:
            continue
        service, identity = services[caller], (caller, unit)
        if service.entry:
            yield None, identity
        for callee in service.calls:
            there = here if carries_colour(service, services[callee]) else answers[without_colour(unit, unit.environment)]
            if (target := there.get(callee)) is not None:
                yield identity, (callee, target)


def callers(
    lanes: Mapping[str, Lane], answers: Mapping[str, Mapping[str, Unit]], services: Mapping[str, Service], runs: Mapping[Unit, Mapping[str, object]]
) -> dict[tuple[str, Unit], tuple[Caller | None, ...]]:
    """(service, unit) → identities that may call it, sorted; None is the ingress."""
    found: dict[tuple[str, Unit], set[Caller | None]] = {}
    for name, lane in lanes.items():
        for caller, callee in edges(name, lane, answers, services, runs):
            found.setdefault(callee, set()).add(caller)
    return {callee: tuple(sorted(who, key=lambda caller: ("", "") if caller is None else (caller[0], str(caller[1])))) for callee, who in found.items()}
