"""Routes as data: what a route asks for, and who answers or what is refused.

Who prints them adds nothing to what they say, and may split what its format cannot hold in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.plan.units import Unit
from generator.vocabulary import names

OWN_ROUTES = 32  # lanes without an answer that get a route, and so a body, of their own
BRANCH = "[-a-z0-9]+"  # how branches are called, in a regular expression


class Match(NamedTuple):
    """What a route asks of a request: one of these colours; of environments, their `whole`: that of
    any branch of theirs too, whether there is one or not. Of a connection, which has none: that it
    comes from the own pods of this unit. A route that asks for nothing fits whatever comes."""

    lanes: tuple[str, ...] = ()
    whole: bool = False
    caller: Unit | None = None

    def fits(self, colour: str) -> bool:
        """Whether a request of this colour has this route, if none before it fits."""
        environment, slash, branch = colour.partition("/")
        if self.whole and environment in self.lanes and (is_branch(branch) or not slash):
            return True
        return not self.lanes or colour in self.lanes


def is_branch(text: str) -> bool:
    """Whether a branch could be called so."""
    return names.matches(BRANCH, text)


class NoAnswer(NamedTuple):
    """Nobody answers: the request gets a status, and a body that names the service and the lanes,
    of branches that are told by their environment that one. Who splits the lanes of a route refuses
    each part by its own lanes. `asleep`: the unit that would answer if it did not sleep."""

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


def unanswered(
    service: str, lanes: tuple[str, ...], asleep: Unit | None = None, *, whole: bool = False
) -> Iterator[Route]:
    """Routes of lanes that nobody answers: few have one each, so that the body names the lane; many
    share one."""
    if len(lanes) > OWN_ROUTES:
        yield Route(Match(lanes, whole), NoAnswer(service, lanes, asleep), asleep)
        return
    for lane in lanes:
        yield Route(Match((lane,), whole), NoAnswer(service, (lane,), asleep), asleep)
