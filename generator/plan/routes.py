"""Routes as data: what a route asks for, and who answers or what is refused.

Who prints them adds nothing to what they say, and may split what its format cannot hold in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.plan.units import Unit

OWN_ROUTES = 32  # lanes without an answer that get a route, and so a body, of their own


class Match(NamedTuple):
    """What a route asks of a request: one of these colours. Of a connection, which has none: that
    it comes from the own pods of this unit. A route that asks for nothing fits whatever comes."""

    lanes: tuple[str, ...] = ()
    caller: Unit | None = None


class NoAnswer(NamedTuple):
    """Nobody answers: the request gets a status, and a body that names the service and the lanes.
    Who splits the lanes of a route refuses each part by its own lanes. `asleep`: the unit that
    would answer if it did not sleep."""

    service: str
    lanes: tuple[str, ...]
    asleep: Unit | None = None

    @property
    def status(self) -> int:
        return 503

    @property
    def body(self) -> str:
        why = f": {self.asleep} is asleep" if self.asleep else ""
        return f"no version of {self.service} answers in the lane {' or '.join(self.lanes)}{why}\n"


Answer = Unit | NoAnswer


class Route(NamedTuple):
    """A match, and what happens where it fits. Of several routes the first that fits decides.
    `asleep`: the unit that would answer if it did not sleep."""

    match: Match
    answer: Answer
    asleep: Unit | None = None

    @property
    def lanes(self) -> tuple[str, ...]:
        return self.match.lanes

    @property
    def unit(self) -> Unit | None:
        """The unit that answers, if any does."""
        return self.answer if isinstance(self.answer, Unit) else None


def unanswered(service: str, lanes: tuple[str, ...], asleep: Unit | None = None) -> Iterator[Route]:
    """Routes of lanes that nobody answers: few have one each, so that the body names the lane; many
    share one."""
    if len(lanes) > OWN_ROUTES:
        yield Route(Match(lanes), NoAnswer(service, lanes, asleep), asleep)
        return
    for lane in lanes:
        yield Route(Match((lane,)), NoAnswer(service, (lane,), asleep), asleep)
