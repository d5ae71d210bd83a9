"""Who may call whom: exactly the edges that some lane can take (M7)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from generator.plan import journey
from generator.plan.services import Handling, Service, Smoke
from generator.plan.units import Caller, Lane, Unit
from generator.vocabulary import names

Services = Mapping[str, "Service"]
Runs = Mapping[Unit, Mapping[str, object]]
Handlings = Mapping[tuple[str, str], Handling]
Answers = Mapping[str, Mapping[str, Unit]]  # lane → service → who answers


class Ways:
    """Where requests can begin, and how they go on along calls and messages."""

    def __init__(self, services: Services, runs: Runs, handling: Handlings) -> None:
        self.services, self.runs, self.handling = services, runs, handling

    def reached(self, lane: Lane, here: Mapping[str, Unit]) -> dict[str, str | None]:
        """Services that a request of a lane can come to, the nearest first, each with the caller it
        was first reached from; `here` says who answers in the lane.

        A request starts at the ingress, at an entry that the lane answers, or in a pod of one of
        the lane's own units (None in both cases), and goes on along `calls` and messages. What is
        reached but not answered has no calls."""
        came_from: dict[str, str | None] = dict.fromkeys(self._begin(lane, here))
        ahead = deque(came_from)
        while ahead:
            caller = ahead.popleft()
            for callee in self._onward[caller] if caller in here else ():
                if callee not in came_from:
                    came_from[callee] = caller
                    ahead.append(callee)
        return came_from

    def stops(self, name: str, lane: Lane, here: Mapping[str, Unit]) -> Iterator[Caller]:
        """Who handles a request of this lane, or a message that comes of one, the nearest first."""
        if not self._consumers:
            return ((name, here[name]) for name in self.reached(lane, here) if name in here)
        answering = {service: (service, unit) for service, unit in here.items()}

        def onward(caller: Caller) -> list[Caller]:
            service, unit = caller
            calling = self.services[service]
            callees = [answering[callee] for callee in calling.calls if callee in answering]
            if journey.message(calling, unit, name) == name:
                callees += self._handlers(self._consumers.get(service, ()), name, unit)
            return callees

        begin = [answering[service] for service in self._begin(lane, here)]
        return journey.walk(begin, onward)

    def edges(
        self, name: str, lane: Lane, answers: Answers
    ) -> Iterator[tuple[Caller | None, Caller]]:
        """(caller, callee) of each call that a request of this lane can make; the ingress is the
        caller None."""
        for caller in self.stops(name, lane, answers[name]):
            yield from self.calls(caller, answers[name], answers)

    def calls(
        self, caller: Caller, here: Mapping[str, Unit], answers: Answers
    ) -> Iterator[tuple[Caller | None, Caller]]:
        """The calls of whom a request of a lane comes to, whose answers are `here`."""
        service, unit = caller
        calling = self.services[service]
        if calling.entry and unit == here.get(service):
            yield None, caller
        elsewhere = answers[journey.without_colour(unit, unit.environment)]
        for callee in calling.calls:
            there = here if journey.keeps(calling, self.services[callee]) else elsewhere
            if (target := there.get(callee)) is not None:
                yield caller, (callee, target)

    def _begin(self, lane: Lane, here: Mapping[str, Unit]) -> list[str]:
        """Where requests of a lane start: entries, and what its own units answer themselves."""
        begin = [name for name in self._entries if name in here]
        for unit in (*lane.through, *lane.pin.values()):
            begin += [name for name in self.runs[unit] if here.get(name) == unit]
        return begin

    @cached_property
    def _entries(self) -> list[str]:
        return [name for name, service in self.services.items() if service.entry]

    @cached_property
    def _onward(self) -> dict[str, tuple[str, ...]]:
        """Service → whom its calls and messages lead to."""
        return {
            name: (*service.calls, *self._consumers.get(name, ()))
            for name, service in self.services.items()
        }

    @cached_property
    def _consumers(self) -> dict[str, list[str]]:
        """Service that publishes → services that read any of its queues."""
        publishers = {
            name: set(service.publishes)
            for name, service in self.services.items()
            if service.publishes
        }
        return {
            name: [
                other for other, service in self.services.items() if queues & set(service.consumes)
            ]
            for name, queues in publishers.items()
        }

    def _handlers(self, consumers: Iterable[str], lane: str, unit: Unit) -> Iterator[Caller]:
        """Who handles a message of this lane that is published in a unit."""
        for consumer in consumers:
            handler = self.handling[unit.environment, consumer].of(lane)
            if handler is not None:
                yield consumer, handler


def testers(
    tests: Mapping[Unit, Mapping[str, Smoke]], answers: Answers
) -> Iterator[tuple[Caller, Caller]]:
    """(caller, callee) of each call of a smoke test, which begins in the lane of its unit."""
    for unit, named in tests.items():
        for test in named.values():
            for service in (*test.calls, *(request.service for request in test.requests)):
                if service in answers[str(unit)]:
                    yield (names.TESTER, unit), (service, answers[str(unit)][service])


def callers(
    lanes: Mapping[str, Lane],
    answers: Answers,
    ways: Ways,
    more: Iterable[tuple[Caller | None, Caller]] = (),
) -> dict[Caller, tuple[Caller | None, ...]]:
    """(service, unit) → identities that may call it, sorted; None is the ingress."""
    may_call: defaultdict[Caller, set[Caller | None]] = defaultdict(set)
    for caller, callee in more:
        may_call[callee].add(caller)
    asking = _asking(ways.services)
    homes: dict[str, frozenset[Caller]] = {}
    for name, lane in lanes.items():
        here, home = answers[name], _home(lane)
        come_to, there = [*ways.stops(name, lane, here)], answers.get(home, {})
        if name == home:
            homes[name] = frozenset(come_to)
        elif home in homes:  # most of a branch's calls are those of its environment
            others = _others(here, there, asking)
            come_to = [one for one in come_to if one[0] in others or one not in homes[home]]
        for stop in come_to:
            for caller, callee in ways.calls(stop, here, answers):
                may_call[callee].add(caller)
    return {callee: tuple(sorted(who, key=_order)) for callee, who in may_call.items()}


def _home(lane: Lane) -> str:
    """The environment where a lane begins."""
    return lane.through[0].environment


def _asking(services: Services) -> dict[str, list[str]]:
    """Callee → those who call it."""
    asking: dict[str, list[str]] = {}
    for name, service in services.items():
        for callee in service.calls:
            asking.setdefault(callee, []).append(name)
    return asking


def _others(
    here: Mapping[str, Unit], there: Mapping[str, Unit], asking: Mapping[str, Iterable[str]]
) -> set[str]:
    """Services that are answered otherwise here than there, and those that call them."""
    differ = {service for service, _ in here.items() ^ there.items()}
    return differ.union(*(asking.get(service, ()) for service in differ))


def _order(caller: Caller | None) -> tuple[str, str]:
    return ("", "") if caller is None else (caller[0], str(caller[1]))
