"""The way of a request along `calls` and messages: where its colour is kept, lost and given.

The one place that knows: whoever follows a request (policies, `explain`, the lints) takes its
steps from here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from generator.plan.services import Service
from generator.plan.units import Unit

Stop = TypeVar("Stop")


class Step(NamedTuple):
    """A call: the `lane` that decides who answers, and the `colour` it carries (None: none).

    `kept`: whether that is the colour of the request that the call is made for.
    """

    lane: str
    colour: str | None
    kept: bool


def without_colour(caller: Unit | None, environment: str) -> str:
    """The lane of a call without a colour: a branch's own pod is in its branch's lane, any other
    call in that of the environment it is addressed to. `caller` is None outside the mesh."""
    return environment if caller is None or caller.branch is None else str(caller)


def keeps(caller: Service, callee: Service) -> bool:
    """Whether a call carries the colour of the request that it is made for."""
    return callee.takes_colour and not caller.drops_colour


def call(caller: Service, unit: Unit, callee: Service, colour: str | None) -> Step:
    """The call of a service's pod in a unit, made for a request with this colour.

    Raw TCP has no colour, and some services drop it. A branch's own pods then give their branch's,
    where one can be carried, and are known by their labels where none can.
    """
    if colour is not None and keeps(caller, callee):
        return Step(colour, colour, kept=True)
    lane = without_colour(unit, unit.environment)
    given = lane if unit.branch is not None and callee.takes_colour else None
    return Step(lane, given, kept=False)


def given(runs: Mapping[Unit, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Service → colours that its calls have whatever it does: in the lane of a branch that runs it,
    that of the branch. Who sees such a call cannot tell whether the colour was kept."""
    made: dict[str, frozenset[str]] = {}
    for unit, services in runs.items():
        for service in services if unit.branch is not None else ():
            made[service] = made.get(service, frozenset()) | {str(unit)}
    return made


def message(writer: Service, unit: Unit, colour: str | None) -> str:
    """The lane of a message: one without a colour gets that of the unit that writes it."""
    return str(unit) if colour is None or writer.drops_colour else colour


def walk(
    start: Iterable[Stop],
    following: Callable[[Stop], Iterable[Stop]],
    key: Callable[[Stop], Hashable] | None = None,
) -> Iterator[Stop]:
    """Every stop that can be come to, the nearest first; of those with one key only the first."""
    seen: set[Hashable] = set()
    ahead: deque[Stop] = deque()
    found: Iterable[Stop] = start
    while True:
        for stop in found:
            known = stop if key is None else key(stop)
            if known not in seen:
                seen.add(known)
                ahead.append(stop)
        if not ahead:
            return
        yield (here := ahead.popleft())
        found = following(here)
